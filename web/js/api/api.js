// @ts-check
// `window.unlearnLab`: the script interface, and the only way in which the page itself drives the engine. Documented in API.md.

import { MOST_THREADS } from '../engine/threads.js';
import { shown } from '../platform/errors.js';
import { requests } from '../platform/request-log.js';
import { createAnswers } from './answers.js';
import { createAttacks } from './attacks.js';
import { createComparison } from './comparison.js';
import { createData } from './data.js';
import { createModels } from './models.js';
import { createRuns } from './runs.js';
import { Session } from './session.js';
import { invalidOption } from './validate.js';

/** @typedef {import('./types.d.ts').Api} Api */
/** @typedef {import('../types.d.ts').Loaded} Loaded */

/**
 * @param {import('../engine/host.js').EngineHost} engine
 * @param {Promise<Loaded>} ready
 * @param {import('../app/event-types.d.ts').Dispatch} dispatch
 * @returns {Api}
 */
export function createApi(engine, ready, dispatch) {
  const session = new Session(engine, ready, (event) => {
    dispatch(event);
    if (event.type === 'data.loaded') models.refresh();
  });
  const runs = createRuns(session);
  const answers = createAnswers(session);
  const data = createData(session);
  const models = createModels(session, data.replace, answers.adapter);
  return {
    /** Version of the page. */
    version: PAGE_VERSION,
    /** Resolves when the model and its data are loaded. */
    ready,
    /** What can be chosen: users, genres, methods with their parameters, shipped figures. */
    info: () => session.loaded(),
    /** State of both engines, self-tests included. */
    device: () => engine.status(),
    /**
     * Lets so many threads of the processor share the work; null for as many as suit this device. If the engine has worked since it loaded, it is opened anew.
     * @param {number | null} n
     */
    async setThreads(n) {
      if (n !== null && !(Number.isInteger(n) && n >= 1 && n <= MOST_THREADS)) throw invalidOption(`threads must be null or a whole number from 1 to ${MOST_THREADS}, got \`${shown(n)}\``);
      engine.setThreads(n);
    },
    /** Every request since the page was loaded, of the page, its workers and the offline copy, oldest first. */
    requests: async () => requests(),
    ...answers,
    ...runs.calls,
    /** Goes on with a run that ended in the middle, from its last checkpoint. @param {string} id @param {Pick<import('./types.d.ts').RunOptions, 'onEvent' | 'device' | 'signal'>} [options] */
    continueRun: (id, options) => runs.calls.continueRun(id, options, { load: data.calls.load, useModel: models.calls.useModel }),
    ...createComparison(session, runs.runCell),
    ...createAttacks(session),
    ...data.calls,
    ...models.calls,
  };
}
