// @ts-check
// Brings a heading to the window's upper edge and keeps it there while what stands above it is still being drawn.

/** How long what stands above may take to be drawn. */
const SETTLES_MS = 1_500;
/** What a reader does to look elsewhere. */
const MOVES = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

/** Scrolls to a heading and focuses it. @param {string} id of the heading */
export function bringUp(id) {
  const heading = document.getElementById(id);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
  // Views are drawn only once the window is near: they then push the heading down, and the browser does not always follow it.
  const settled = new ResizeObserver(() => heading.scrollIntoView());
  const listening = new AbortController();
  const leave = () => {
    settled.disconnect();
    listening.abort();
  };
  settled.observe(document.body);
  for (const move of MOVES) addEventListener(move, leave, { passive: true, signal: listening.signal });
  setTimeout(leave, SETTLES_MS);
}
