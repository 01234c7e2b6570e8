// @ts-check
// How far the attacks are, and what they found.

import { idleAttacks } from '../../app/state.js';

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const attackEvents = {
  // What was found of an earlier result says nothing of this one.
  'run.finished': (store, { run }) => (run.kind === 'run' ? store.put('attacks', { ...idleAttacks(), params: store.state.attacks.params }) : undefined),
  'session.reset': (store) => store.put('attacks', idleAttacks()),
  'attack.started': (store, { ids }) => store.patch('attacks', { status: 'running', queue: ids, now: '', error: null }),
  'attack.next': (store, { id }) => store.patch('attacks', { now: id, share: 0, left: null }),
  'attack.progress': (store, { share, left }) => store.patch('attacks', { share, left }),
  'attack.found': (store, { id, finding, about }) => store.patch('attacks', { about, findings: finding ? { ...store.state.attacks.findings, [id]: finding } : store.state.attacks.findings }),
  'attack.ended': (store, { status }) => store.patch('attacks', { status, queue: [], now: '' }),
};
