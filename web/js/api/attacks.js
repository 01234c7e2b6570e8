// @ts-check
// `attack` and `attackTable`: attacks on what the last run left.

import { abortable } from './abort.js';
import { requireObject } from './validate.js';

/** @typedef {import('./types.d.ts').AttackOptions} AttackOptions */

/** @param {import('./session.js').Session} session */
export function createAttacks(session) {
  const { engine, dispatch, ready } = session;
  return {
    /** Which attacks there are, and what they will cost on this device. @param {Pick<AttackOptions, 'attacks' | 'params'>} [options] @returns {Promise<import('../types.d.ts').AttackOffer[]>} */
    async attackTable(options = {}) {
      const [{ attackRequest }] = await Promise.all([import('../features/attacks/run-attacks.js'), ready]);
      return (await engine.send(session.reader(), { type: 'attack_table', request: attackRequest(requireObject(options)) }, 'attack_table')).attacks;
    },
    /** Attacks what the last run left. Cancelling keeps what was found so far. @param {AttackOptions} [options] @returns {Promise<import('../types.d.ts').AttackReport>} */
    async attack(options = {}) {
      session.requireIdle();
      const { signal } = requireObject(options);
      return abortable(signal, () => session.cancel(), async () => {
        session.running = session.reader();
        session.cancelled = false;
        const end = () => (session.running = null);
        try {
          const [{ runAttacks }] = await Promise.all([import('../features/attacks/run-attacks.js'), ready]);
          const device = (session.running = session.reader());
          return await runAttacks(options, { send: (command, answer, onEvent) => engine.send(device, command, answer, onEvent), dispatch, stopped: () => session.cancelled, ended: end });
        } finally {
          end();
        }
      });
    },
  };
}
