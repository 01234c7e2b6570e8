// @ts-check
// Imported before everything else: the page starts only behind its guard. If guard.js could not take away a way out, it has not come to its end.

if (!Object.hasOwn(globalThis, 'guardHolds')) {
  const said = document.createElement('p');
  said.className = 'card noscript';
  said.setAttribute('role', 'alert');
  said.textContent = 'Unlearn Lab did not start. It promises that nothing leaves this tab, and gives up every way to another machine first; this browser, or an extension, kept it from doing so. Nothing was loaded.';
  document.body.prepend(said);
  // What index.html says of a page that does not start is said better here.
  document.getElementById('unstarted')?.remove();
  throw new Error('the guard did not come to its end: the page does not start without it');
}
