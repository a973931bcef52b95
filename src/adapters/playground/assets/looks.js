// What both pages share: light and dark, and the language, as they were chosen before.
import { icon } from './dom.js'
import { say } from './words.js'

export const at = id => document.getElementById(id)
export const remember = (key, value) => localStorage.setItem(`muster.${key}`, value)
export const recall = key => localStorage.getItem(`muster.${key}`)

const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const isDark = () => (recall('theme') ?? (prefersDark.matches ? 'dark' : 'light')) === 'dark'

export function writeTheme() {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
  at('theme').replaceChildren(icon(isDark() ? 'sun' : 'moon'))
  at('theme').setAttribute('aria-label', say(isDark() ? 'playground.theme.light' : 'playground.theme.dark'))
}

/** Writes the page's own words in its language. */
export function writeWords(locale) {
  document.documentElement.lang = locale
  for (const element of document.querySelectorAll('[data-words]')) element.textContent = say(element.dataset.words)
  for (const element of document.querySelectorAll('[data-label]'))
    element.setAttribute('aria-label', say(element.dataset.label))
  for (const element of document.querySelectorAll('[data-locale]'))
    element.setAttribute('aria-pressed', String(element.dataset.locale === locale))
  writeTheme()
}

/** Lets people choose; `chosen` is told the language they chose. */
export function offerLooks(chosen) {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
  prefersDark.addEventListener('change', writeTheme)
  at('theme').addEventListener('click', () => {
    remember('theme', isDark() ? 'light' : 'dark')
    writeTheme()
  })
  for (const element of document.querySelectorAll('[data-locale]'))
    element.addEventListener('click', () => {
      remember('locale', element.dataset.locale)
      chosen(element.dataset.locale)
    })
}
