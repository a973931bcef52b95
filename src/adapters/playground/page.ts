/** The page before its script fills it: structure, names for screen readers, and the few icons. */
import { html } from 'hono/html'
import { plainWriter, renderText, type Text, t } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'

/** Stroke icons on a 24-px grid, drawn by `<use>`. */
const icons = html`<svg class="sprite" aria-hidden="true" width="0" height="0">
  <symbol id="i-lock" viewBox="0 0 24 24"><rect x="5" y="11" width="14" height="9" rx="2.5" /><path d="M8 11V8a4 4 0 0 1 8 0v3" /></symbol>
  <symbol id="i-send" viewBox="0 0 24 24"><path d="M5 12h13M12 5l7 7-7 7" /></symbol>
  <symbol id="i-clock" viewBox="0 0 24 24"><circle cx="12" cy="12" r="8.5" /><path d="M12 7.5V12l3 2" /></symbol>
  <symbol id="i-moon" viewBox="0 0 24 24"><path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z" /></symbol>
  <symbol id="i-sun" viewBox="0 0 24 24"><circle cx="12" cy="12" r="4" /><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4" /></symbol>
  <symbol id="i-down" viewBox="0 0 24 24"><path d="M6 9l6 6 6-6" /></symbol>
  <symbol id="i-close" viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18" /></symbol>
  <symbol id="i-check" viewBox="0 0 24 24"><path d="M5 12.5l4.5 4.5L19 7.5" /></symbol>
  <symbol id="i-clip" viewBox="0 0 24 24"><path d="M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8L10 17a1.7 1.7 0 0 1-2.4-2.4l7.4-7.4" /></symbol>
  <symbol id="i-file" viewBox="0 0 24 24"><path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14" /></symbol>
  <symbol id="i-gallery" viewBox="0 0 24 24"><rect x="4" y="4" width="7" height="9" rx="2" /><rect x="13" y="4" width="7" height="5" rx="2" /><rect x="4" y="15" width="7" height="5" rx="2" /><rect x="13" y="11" width="7" height="9" rx="2" /></symbol>
  <symbol id="i-people" viewBox="0 0 24 24"><circle cx="9" cy="8.5" r="3.5" /><path d="M2.5 19a6.5 6.5 0 0 1 13 0M16 5.5a3.5 3.5 0 0 1 0 6.5M18 13.5a6.5 6.5 0 0 1 3.5 5.5" /></symbol>
</svg>`

const switches = html`<div class="switch" role="group" data-label="playground.language">
      <button type="button" data-locale="en" lang="en">EN</button>
      <button type="button" data-locale="zh-CN" lang="zh-CN">中文</button>
    </div>
    <button type="button" class="round" id="theme"><svg class="icon" aria-hidden="true"><use href="#i-moon" /></svg></button>`

export function page(locale: Locale) {
  const words = (text: Text) => renderText(text, locale, plainWriter)
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<title>${words(t('playground.title'))}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/playground/assets/page.css">
<link rel="stylesheet" href="/playground/assets/message.css">
<link rel="stylesheet" href="/playground/assets/form.css">
<link rel="stylesheet" href="/playground/assets/composer.css">
<script type="module" src="/playground/assets/page.js"></script>
</head>
<body>
${icons}
<header class="bar">
  <h1 class="brand"><span class="mark" aria-hidden="true">M</span><span>Muster</span><span class="quiet" data-words="playground.name"></span></h1>
  <div class="clock" role="group" data-label="playground.clock">
    <svg class="icon" aria-hidden="true"><use href="#i-clock" /></svg>
    <time class="now" id="now"></time>
    <button type="button" class="quiet-button" id="next-hour" data-words="playground.clock.hour"></button>
    <button type="button" class="accent-button" id="next-day" data-words="playground.clock.day"></button>
  </div>
  <div class="tools">
    <a class="quiet-button to-gallery" href="/playground/gallery" data-label="playground.gallery"><svg class="icon" aria-hidden="true"><use href="#i-gallery" /></svg><span data-words="playground.gallery"></span></a>
    ${switches}
  </div>
</header>
<p class="offline" id="offline" role="status" hidden data-words="playground.offline"></p>
<section class="welcome" id="welcome" hidden>
  <p><strong data-words="playground.welcome.title"></strong> <span data-words="playground.welcome"></span> <span class="aside" data-words="playground.welcome.safe"></span></p>
  <button type="button" class="round" id="dismiss" data-label="playground.welcome.close"><svg class="icon" aria-hidden="true"><use href="#i-close" /></svg></button>
</section>
<nav class="tabs" role="tablist" id="tabs" data-label="playground.tabs"></nav>
<main class="panes" id="panes"></main>
<noscript><p class="offline">${words(t('playground.noscript'))}</p></noscript>
</body>
</html>`
}

/** The gallery before its script fills it. */
export function galleryPage(locale: Locale) {
  const words = (text: Text) => renderText(text, locale, plainWriter)
  return html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words(t('playground.gallery'))} · Muster</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/playground/assets/page.css">
<link rel="stylesheet" href="/playground/assets/message.css">
<link rel="stylesheet" href="/playground/assets/form.css">
<link rel="stylesheet" href="/playground/assets/gallery.css">
<script type="module" src="/playground/assets/gallery.js"></script>
</head>
<body class="gallery">
${icons}
<header class="bar">
  <h1 class="brand"><a class="home" href="/playground" data-label="playground.gallery.back" aria-label="${words(t('playground.gallery.back'))}"><span class="mark" aria-hidden="true">M</span><span>Muster</span><span class="quiet" data-words="playground.gallery">${words(t('playground.gallery'))}</span></a></h1>
  <div class="tools">
    ${switches}
  </div>
</header>
<div class="intro">
  <h2 data-words="playground.gallery.title">${words(t('playground.gallery.title'))}</h2>
  <p data-words="playground.gallery.intro">${words(t('playground.gallery.intro'))}</p>
</div>
<p class="state" id="state" role="status" data-words="playground.gallery.loading">${words(t('playground.gallery.loading'))}</p>
<div class="hall">
  <nav data-label="playground.gallery.jump"><ul class="jump" id="jump"></ul></nav>
  <main id="shelves"></main>
</div>
<noscript><p class="offline">${words(t('playground.noscript'))}</p></noscript>
</body>
</html>`
}

/** What somebody without a session sees. */
export function closedPage(locale: Locale) {
  const words = renderText(t('playground.closed'), locale, plainWriter)
  return html`<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Muster</title></head>
<body><p>${words}</p></body>
</html>`
}
