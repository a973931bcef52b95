// Making elements. Text only ever arrives as text: nothing here, or anywhere on the page, reads markup from a string.

/** `make('p', { class: 'line', hidden: true }, 'words', child)` */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.filter(child => child !== null && child !== undefined))
  return element
}

/** One of the icons that the page brought along. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `#i-${name}`)
  svg.append(use)
  return svg
}

/** The round sign of a person: their first letter, or the first character of a Chinese name. */
export function avatar(author, people) {
  if (author === 'muster') return make('span', { class: 'avatar bot', 'aria-hidden': 'true' }, 'M')
  const place = [...people.keys()].indexOf(author)
  const name = people.get(author)?.name ?? '?'
  return make('span', { class: 'avatar', 'data-tint': place % 6, 'aria-hidden': 'true' }, [...name][0])
}
