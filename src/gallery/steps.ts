/** What each step of a scene does on its stage. */
import type { SentFile } from '../chat/arguments.ts'
import type { Leaf } from '../chat/command.ts'
import { encodePress } from '../chat/press.ts'
import type { Happening, RawArg } from '../chat/request.ts'
import { type Text, t } from '../chat/text.ts'
import { formById, waitingIn } from '../features/forms/index.ts'
import { formButton } from '../questions.ts'
import { isOther } from './addresses.ts'
import { announcedSize, sample } from './sample.ts'
import type { FileName, Scene, Spot, Step, Who } from './scene.ts'
import type { Cause, Exhibit, From, Manner, Stage } from './stage.ts'

type StepWith<K extends string> = Extract<Step, Readonly<Record<K, unknown>>>

/** Plays a scene; everything it shows, in order. */
export async function play(stage: Stage, scene: Scene): Promise<readonly Exhibit[]> {
  for (const step of scene.steps) {
    if ('say' in step) await say(stage, step)
    else if ('press' in step) await press(stage, step)
    else if ('carried' in step) await pressOld(stage, step)
    else if ('fill' in step) await fill(stage, step)
    else if ('reply' in step) await reply(stage, step)
    else if ('happens' in step) await happen(stage, step)
    else if ('behind' in step) await behind(stage, step)
    else stage.clock.forward(step.wait)
    await stage.deliver('unseen' in step && step.unseen ? { unseen: true } : {})
    // So that nothing is at the same moment as what came before it.
    stage.clock.forward(1000)
  }
  return stage.shown
}

const fileOf = (name: FileName): SentFile => {
  const { name: called, type } = sample(name)
  return { kind: 'file', name: called, type, size: announcedSize(name), reference: name }
}
const lineOf = (text: string, file?: FileName): Cause => ({
  kind: 'line',
  text,
  ...(file && { file: sample(file).name }),
})

async function say(stage: Stage, step: StepWith<'say'>): Promise<void> {
  const from = stage.from(step)
  const line = stage.filled(step.say)
  const about = step.about && { about: stage.sideOf(from.spot).sighting(step.about, stage.placeOf(from.spot)) }
  const file = step.file && { file: fileOf(step.file) }
  const base = stage.base(from)
  const request = step.faceless
    ? ({ ...base, kind: 'faceless' } as const)
    : ({ ...base, kind: 'line', line, ...about, ...file } as const)
  await stage.ask(from, request, lineOf(line, step.file), step)
}

const pressed = (stage: Stage, label: Text): Cause => ({ kind: 'press', label: stage.words(label) })

async function press(stage: Stage, step: StepWith<'press'>): Promise<void> {
  const { exhibit, pressed: button, label } = stage.find(step.press, step.nth ?? 0)
  const from = { who: step.as ?? exhibit.by ?? stage.from(step).who, spot: step.at ?? exhibit.spot }
  const data = encodePress(button, exhibit.answer.askerId)
  await stage.ask(from, { ...stage.base(from), kind: 'press', data }, pressed(stage, label), step)
}

async function pressOld(stage: Stage, step: StepWith<'carried'>): Promise<void> {
  const from = stage.from(step)
  const cause = pressed(stage, { kind: 'text', key: step.label, values: {} })
  await stage.ask(from, { ...stage.base(from), kind: 'press', data: step.carried }, cause, step)
}

/** The form that was shown last, who answers it, and whether it is handed in whole. */
async function waiting(
  stage: Stage,
  step: { as?: Who; at?: Spot },
): Promise<{ from: From; id: string; whole: boolean }> {
  const last =
    stage.last(answer => answer.form !== undefined || answer.asks === true) ?? stage.fail('no form was shown')
  const who = step.as ?? last.by ?? stage.from(step).who
  const spot = step.at ?? last.spot
  if (last.answer.form) return { from: { who, spot }, id: last.answer.form.id, whole: true }
  // Private questions of a group are asked in the private chat.
  for (const at of [spot, isOther(spot) ? 'other direct' : 'direct'] as const) {
    const { platform, bot, from, chat } = stage.base({ who, spot: at })
    const open = await waitingIn(stage.app, { platform, platformId: from.platformId }, bot, chat.id)
    if (open) return { from: { who, spot: at }, id: open.id, whole: false }
  }
  return stage.fail('no question is open')
}

async function fill(stage: Stage, step: StepWith<'fill'>): Promise<void> {
  const { from, id, whole } = await waiting(stage, step)
  const given: Record<string, RawArg> = {}
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(step.fill)) if (value !== null) values[name] = stage.filled(value)
  Object.assign(given, values)
  for (const [name, file] of Object.entries(step.files ?? {})) {
    given[name] = fileOf(file)
    values[name] = sample(file).name
  }
  if (whole)
    return stage.ask(
      from,
      { ...stage.base(from), kind: 'form', form: id, values: given },
      { kind: 'form', values },
      step,
    )
  const { form } = (await formById(stage.app, id)) ?? stage.fail('the form is gone')
  for (const name of form.fields) await answerField(stage, from, id, { name, raw: given[name] }, step)
}

/** One answer of a form that is asked question by question. */
async function answerField(
  stage: Stage,
  from: From,
  id: string,
  { name, raw }: { name: string; raw: RawArg | undefined },
  manner: Manner,
): Promise<void> {
  const open = (await formById(stage.app, id)) ?? stage.fail('the form is gone')
  const leaf = stage.registry.find(open.form.command.split(' '))?.node as Leaf | undefined
  const arg = leaf?.args[name] ?? stage.fail(`there is no "${name}"`)
  const act = (doing: 'skip' | 'pick', label: Text, pick?: number) => {
    const base = stage.base(from)
    const data = encodePress(formButton(open, doing, label, pick), base.from.platformId)
    return stage.ask(from, { ...base, kind: 'press', data }, pressed(stage, label), manner)
  }
  const there = open.draft[name] !== undefined || open.form.values[name] !== undefined
  if (raw === undefined) return act('skip', t(there ? 'form.empty' : 'form.skip'))
  if (arg.kind === 'choice') {
    const label = arg.options[String(raw)] ?? stage.fail(`"${name}" has no choice "${String(raw)}"`)
    return act('pick', t(label), Object.keys(arg.options).indexOf(String(raw)))
  }
  const file = typeof raw === 'object' ? ((raw as SentFile).reference as FileName) : undefined
  return answerWith(stage, from, id, { text: file ? '' : String(raw), file }, manner)
}

async function reply(stage: Stage, step: StepWith<'reply'>): Promise<void> {
  const { from, id } = await waiting(stage, step)
  await answerWith(stage, from, id, { text: step.reply, file: step.file }, step)
}

async function answerWith(
  stage: Stage,
  from: From,
  form: string,
  { text, file }: { text: string; file: FileName | undefined },
  manner: Manner,
): Promise<void> {
  const sent = file && { file: fileOf(file) }
  await stage.ask(from, { ...stage.base(from), kind: 'answer', form, text, ...sent }, lineOf(text, file), manner)
}

async function happen(stage: Stage, step: StepWith<'happens'>): Promise<void> {
  const spot = step.at ?? 'group'
  const { chat, from: who, place, ...event } = stage.base({ who: step.who ?? 'noor', spot })
  const where = place ?? stage.own.place(false)
  const what =
    step.happens === 'bot-joined'
      ? { what: step.happens, place: where, chat, ...(who.locale && { locale: who.locale }) }
      : { what: step.happens, place: where, who }
  await stage.happen({ ...event, kind: 'happening', ...what } as Happening, step)
}

async function behind(stage: Stage, step: StepWith<'behind'>): Promise<void> {
  const { app, own } = stage
  await step.behind(app, {
    place: own.place(false),
    platform: own.platform,
    bot: own.bot,
    idOf: who => own.sighting(who, null).platformId,
    member: who =>
      app.db
        .selectFrom('accounts')
        .innerJoin('members', 'members.person_id', 'accounts.person_id')
        .select(['members.id as memberId', 'accounts.id as accountId', 'members.community_id as communityId'])
        .where('accounts.platform', '=', own.platform)
        .where('accounts.platform_id', '=', own.sighting(who, null).platformId)
        .executeTakeFirstOrThrow(),
  })
}
