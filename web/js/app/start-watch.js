// @ts-check
// Says whether the page starts. index.html explains why it would not, and shows that alone until a script says that it runs: this one, before the main one and
// without it. What follows from `data-start` is in start.css.

const root = document.documentElement;
/** Time after which a main script that neither came nor failed counts as kept away; should it come later, the page is shown. */
const LATE_MS = 15_000;

const failed = () => {
  if (root.dataset.start === 'waiting') root.dataset.start = 'failed';
};

root.dataset.start = 'waiting';
// A script that does not come is told by its element, which does not bubble; one that this browser cannot read or run, by the window.
addEventListener('error', ({ target }) => (target === window || target instanceof HTMLScriptElement) && failed(), { capture: true });
setTimeout(failed, LATE_MS);
