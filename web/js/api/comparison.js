// @ts-check
// `compare`: methods × seeds, one run after another.

import { abortable } from './abort.js';
import { requestOf, requireObject } from './validate.js';

/** @typedef {import('./types.d.ts').CompareOptions} CompareOptions */
/** @typedef {import('./types.d.ts').RunOptions} RunOptions */

/**
 * @param {import('./session.js').Session} session
 * @param {(options: RunOptions) => Promise<import('../types.d.ts').Report>} run
 */
export function createComparison(session, run) {
  const { engine, dispatch } = session;
  /** @param {RunOptions} options */
  const price = async ({ device = 'auto', ...rest }) => engine.send(await engine.resolve(device), { type: 'select', request: requestOf(rest) }, 'selection');
  return {
    /** Runs methods × seeds one after another, and resolves to the rows of the table. @param {CompareOptions} options @returns {Promise<import('../types.d.ts').CompareRow[]>} */
    async compare(options) {
      session.requireIdle();
      const { forget, steps, device, signal } = requireObject(options);
      requestOf({ forget, steps: steps ?? undefined, device });
      return abortable(signal, () => session.cancel(), async () => {
        const mine = (session.comparison = { stopped: false });
        const end = () => (session.comparison = null);
        try {
          const [{ runComparison }, loaded] = await Promise.all([import('../features/compare/run-comparison.js'), session.loaded()]);
          return await runComparison(options, { loaded, run, price, dispatch, stopped: () => mine.stopped, ended: end });
        } finally {
          end();
        }
      });
    },
  };
}
