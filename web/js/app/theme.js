// @ts-check
// Sets what the first paint shows: the colour scheme, whose switch is in header.js, the language, whether the game stands in the hero’s place, whether the page is embedded, and room for the tour.

const systemDark = matchMedia('(prefers-color-scheme: dark)');
/** Then the ground is the system’s, and colours must be seen on that. */
const systemColors = matchMedia('(forced-colors: active)');

/** @returns {'auto' | 'light' | 'dark'} */
function chosen() {
  try {
    const value = localStorage.getItem('unlearn-lab.theme');
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

function applyTheme() {
  const theme = chosen();
  document.documentElement.dataset.theme = theme === 'auto' || systemColors.matches ? (systemDark.matches ? 'dark' : 'light') : theme;
  document.dispatchEvent(new CustomEvent('unlearn-lab:theme', { detail: theme }));
}

systemDark.addEventListener('change', applyTheme);
systemColors.addEventListener('change', applyTheme);
document.addEventListener('unlearn-lab:theme-changed', applyTheme);
applyTheme();

/** The game is for whoever is here for the first time, at an address that names nothing but the data. */
function beginsWithGame() {
  if (location.hash.length > 1 || [...new URLSearchParams(location.search).keys()].some((key) => key !== 'data' && key !== 'lang')) return false;
  try {
    return localStorage.getItem('unlearn-lab.played') === null;
  } catch {
    return true;
  }
}

/** A part of a lecture’s page, say: what is left is a lesson or the lab’s result. In the frame of another page always, so that nothing there is pressed unseen. */
const embedded = new URLSearchParams(location.search).has('embed') || window.self !== window.top;

/** The language of the first paint, by the rule of ui/language.js: what the address names, what was chosen before, what the browser asks for. */
function firstLanguage() {
  const wishes = [new URLSearchParams(location.search).get('lang')];
  try {
    wishes.push(localStorage.getItem('unlearn-lab.language'));
  } catch {
    // Storage may be forbidden.
  }
  wishes.push(...(navigator.languages ?? [navigator.language]).map((tag) => tag.toLowerCase().split('-')[0] ?? ''));
  return wishes.find((wish) => wish === 'en' || wish === 'zh') ?? 'en';
}

if (firstLanguage() === 'zh') {
  document.documentElement.lang = 'zh-Hans';
  document.documentElement.dataset.words = 'coming';
}
if (embedded) document.documentElement.dataset.embed = '';
else if (beginsWithGame()) document.documentElement.dataset.game = 'open';
if (/&(tour|lesson)=/.test(location.hash)) document.documentElement.dataset.tour = 'open';
