// @ts-check
// What the page does about an event, beside showing it.

/**
 * @param {import('./store.js').Store} store
 * @param {() => import('./actions.js').Actions | null} actions null while the page is put together
 * @returns {(event: import('./event-types.d.ts').AppEvent) => void}
 */
export const createEffects = (store, actions) => (event) => {
  const { compare } = store.state;
  switch (event.type) {
    case 'engine.completed':
      return actions()?.price();
    case 'data.loaded':
      return actions()?.begin(event.loaded);
    case 'run.finished':
      // Between two cells of a comparison nobody looks at a person's list; its runs stand in its table.
      if (compare.status === 'running') return undefined;
      if (event.run.kind === 'run') void actions()?.keepRun(event.run, event.report);
      return actions()?.refreshAfterRun();
    case 'run.failed':
      // What was chosen while it ran has still to be counted.
      return compare.status === 'running' ? undefined : actions()?.price();
    case 'compare.ended':
    case 'compare.failed':
    case 'session.reset':
      return actions()?.refreshAfterRun();
    default:
      return undefined;
  }
};
