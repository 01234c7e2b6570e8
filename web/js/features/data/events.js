// @ts-check
// Other data come: they are loaded or trained on, and what belonged to the earlier ones goes.

import { freshSession } from '../../app/state.js';
import { OWN } from '../../engine/datasets.js';
import { errorInfo } from '../../platform/errors.js';
import { msg, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Phase} Phase */
/** @typedef {import('../../types.d.ts').State} State */

/** What is said while a model is trained on own files. @type {Record<Phase, string>} */
const PHASES = { before: msg('Measuring'), after: msg('Measuring'), augment: msg('Training'), teachers: msg('Training'), student: msg('Training'), calibrate: msg('Measuring'), retrain: msg('Training'), attack: msg('Measuring') };

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const dataEvents = {
  'data.loading': (store, { key }) => store.patch('data', { status: 'busy', next: key, what: key === OWN ? t('Reading your files') : t('Loading model and data'), done: 0, total: 0, left: null, error: null }),
  'data.training'(store, { event }) {
    if (event.type !== 'progress') return;
    store.patch('data', { what: PHASES[/** @type {Phase} */ (event.phase)], done: event.done, total: event.total, left: event.left_ms == null ? null : event.left_ms / 1000 });
  },
  'data.loaded'(store, { loaded, key }) {
    // What to compare goes with the data; how often and how long does not.
    const { seeds, steps } = store.state.compare;
    for (const [slice, value] of Object.entries(freshSession())) store.put(/** @type {keyof State} */ (slice), /** @type {any} */ (value));
    store.patch('compare', { seeds, steps });
    // Whether the files of a model that was just trained are kept is told when they are.
    store.patch('data', { key, status: 'ready', next: '', error: null, own: key === OWN && !loaded.taught, unkept: '', ...(key === OWN && !loaded.taught && { kept: null }) });
  },
  'data.kept': (store, { kept, why }) => store.patch('data', { kept, unkept: why }),
  'data.failed': (store, { error }) => store.patch('data', { status: 'error', next: '', error: errorInfo(error) }),
};
