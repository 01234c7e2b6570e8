// @ts-check
// Which kept run's model the engine holds: none once another takes its place.

/** @param {import('../../app/store.js').Store} store */
const dropHeld = (store) => store.state.history.held !== null && store.patch('history', { held: null });

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const historyEvents = {
  'run.started': (store, { run }) => void (run.kind === 'run' && dropHeld(store)),
  'data.loaded': (store) => void dropHeld(store),
  'engine.lost': (store, { kind }) => void (store.state.history.list.find(({ id }) => id === store.state.history.held)?.device === kind && dropHeld(store)),
  'session.reset': (store) => void dropHeld(store),
};
