/** The sentences, by key and language; keys and placeholders are checked by the compiler. */
import type { Locale } from '../lib/locale.ts'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

/** One sentence: plain text with `{placeholders}`, or two forms chosen by the number named in `by`. */
export type Sentence = string | { readonly by: string; readonly one: string; readonly other: string }

export type Key = keyof typeof en

type Named<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Named<Rest> : never
type SentenceOf<K extends Key> = (typeof en)[K]
/** The names of the placeholders of a key's English sentence. */
export type Placeholders<K extends Key> =
  SentenceOf<K> extends string
    ? Named<SentenceOf<K>>
    : SentenceOf<K> extends { readonly by: infer B; readonly one: infer One; readonly other: infer Other }
      ? Extract<B, string> | Named<Extract<One, string>> | Named<Extract<Other, string>>
      : never

export const catalogues: Record<Locale, Record<Key, Sentence>> = { en, 'zh-CN': zhCN }
