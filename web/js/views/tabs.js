// @ts-check
// The two views of the page, as tabs: arrows move, the choice is in the address.

/** @typedef {import('../types.d.ts').State} State */
/** @typedef {State['tab']} Tab */

/**
 * @param {HTMLElement} host the tab list, with a button `tab-ID` for each panel
 * @param {Record<Tab, HTMLElement>} panels
 * @param {import('../actions.js').Actions} actions
 */
export function mountTabs(host, panels, actions) {
  const ids = /** @type {Tab[]} */ (Object.keys(panels));
  const tabs = ids.map((id) => /** @type {HTMLElement} */ (host.querySelector(`#tab-${id}`)));
  tabs.forEach((tab, idx) => tab.addEventListener('click', () => actions.tab(ids[idx])));
  host.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const last = tabs.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    actions.tab(ids[next]);
  });
  return (/** @type {State} */ state) => {
    ids.forEach((id, idx) => {
      const on = id === state.tab;
      if (panels[id].hidden === on) panels[id].hidden = !on;
      tabs[idx].setAttribute('aria-selected', String(on));
      tabs[idx].tabIndex = on ? 0 : -1;
    });
  };
}
