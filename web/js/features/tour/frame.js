// @ts-check
// Whether the tour stands beside the lab; the style sheets do the rest. The tour itself comes when it is first opened.

/** @typedef {import('../../types.d.ts').State} State */

/** @param {HTMLElement} host @returns {(state: State) => void} to be called at once with every change */
export function mountTourFrame(host) {
  const { dataset } = document.documentElement;
  return ({ tour }) => {
    const is = tour.open ? (tour.folded ? 'folded' : 'open') : '';
    if (is === (dataset.tour ?? '')) return;
    if (is === '') delete dataset.tour;
    else dataset.tour = is;
    host.hidden = is === '';
  };
}
