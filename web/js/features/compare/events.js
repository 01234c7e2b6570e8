// @ts-check
// How far a comparison is, and the rows that it has so far.

import { wordsFor } from '../../engine/datasets.js';
import { choiceOf, forgetOf, keyOf, nameOf } from '../../engine/forget-spec.js';
import { mergeRows } from './rows.js';

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const compareEvents = {
  'compare.started'(store, { cells, forget, label }) {
    const forgetKey = keyOf(forget);
    store.patch('compare', { status: 'running', family: null, cells, at: 0, seconds: cells.map(() => null), forget, forgetKey, label, failed: {}, error: null });
    // What a script compares is what the page then shows.
    const choice = forgetKey === keyOf(forgetOf(store.state.choice)) ? null : choiceOf(forget);
    if (choice) store.patch('choice', choice);
  },
  'language.changed': (store) => {
    const { compare, loaded } = store.state;
    if (compare.forget) store.patch('compare', { label: nameOf(compare.forget, wordsFor(loaded).items, loaded) });
  },
  'compare.priced': (store, { seconds }) => store.patch('compare', { seconds }),
  'compare.cell': (store, { at }) => store.patch('compare', { at }),
  'compare.measured'(store, { cell, rows, forgetKey, seconds, floor, baseline }) {
    const { compare } = store.state;
    // What a run took with its evaluation says more about the next one than any estimate.
    const alike = compare.cells.map((other) => other.method === cell.method && other.setting === cell.setting);
    store.patch('compare', {
      rows: mergeRows(compare.rows, rows),
      seconds: compare.seconds.map((value, idx) => (alike[idx] ? seconds : value)),
      beside: { ...compare.beside, [forgetKey]: { floor, baseline } },
    });
  },
  'compare.cell-failed': (store, { key, error }) => store.patch('compare', { failed: { ...store.state.compare.failed, [key]: error } }),
  'compare.ended': (store, { status }) => store.patch('compare', { status, at: store.state.compare.cells.length }),
  'compare.failed': (store, { error }) => store.patch('compare', { status: 'idle', error }),
  'session.reset': (store) => store.patch('compare', { status: 'idle', rows: [], beside: {}, failed: {}, error: null }),
};
