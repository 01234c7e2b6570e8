// @ts-check
// The parts of the page, as tabs. Each is a link, so that Back and Forward go between them; arrows move too.

import { addressOfTab } from './address.js';

/** @typedef {import('../types.d.ts').State} State */
/** @typedef {State['tab']} Tab */

/**
 * @param {HTMLElement} host the tab list of index.html, with a link `tab-ID` for each panel
 * @param {Record<Tab, HTMLElement>} panels
 * @returns {(state: State) => void}
 */
export function mountTabs(host, panels) {
  const ids = /** @type {Tab[]} */ (Object.keys(panels));
  const tabs = ids.flatMap((id) => host.querySelector(`#tab-${id}`) ?? []).map((tab) => /** @type {HTMLAnchorElement} */ (tab));
  host.addEventListener('keydown', (event) => {
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    const last = tabs.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last, ' ': at }[event.key];
    const tab = at < 0 || next === undefined ? undefined : tabs[next];
    if (!tab) return;
    event.preventDefault();
    tab.focus();
    tab.click();
  });
  return (state) => {
    ids.forEach((id, idx) => {
      const on = id === state.tab;
      if (panels[id].hidden === on) panels[id].hidden = !on;
      const tab = tabs[idx];
      if (!tab) return;
      // With what is chosen, so that a tab changes nothing else.
      const { hash } = new URL(addressOfTab(location.href, id));
      if (tab.getAttribute('href') !== hash) tab.setAttribute('href', hash);
      tab.setAttribute('aria-selected', String(on));
      tab.tabIndex = on ? 0 : -1;
    });
  };
}
