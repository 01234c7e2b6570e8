// @ts-check
// Makes attacks, one after another, on what the last run left. Loaded when the first one is asked for.

import { cancelledRun, shown, errorInfo } from '../../platform/errors.js';
import { invalidOption, requireInteger, requireObject } from '../../api/validate.js';

/** @typedef {import('../../api/types.d.ts').AttackOptions} AttackOptions */
/** @typedef {import('../../types.d.ts').AttackReport} AttackReport */
/** @typedef {import('../../types.d.ts').AttackRequest} AttackRequest */
/** @typedef {import('../../types.d.ts').Command} Command */
/** @typedef {import('../../types.d.ts').LabEvent} LabEvent */
/** @typedef {import('../../types.d.ts').Reply} Reply */

/**
 * Checks the shape of what was given; ids and ranges are the engine's to check.
 * @param {AttackOptions} options
 * @returns {AttackRequest}
 */
export function attackRequest({ attacks = [], params = {}, seed = 1 }) {
  if (!Array.isArray(attacks) || !attacks.every((id) => typeof id === 'string')) throw invalidOption(`attacks must be a list of ids, got \`${shown(attacks)}\``);
  for (const [id, of] of Object.entries(requireObject(params, 'params'))) {
    for (const [key, value] of Object.entries(requireObject(of, `params.${shown(id)}`))) if (!Number.isFinite(value)) throw invalidOption(`params.${shown(id)}.${shown(key)} must be a number, got \`${shown(value)}\``);
  }
  requireInteger('seed', seed, 0);
  const copied = Object.fromEntries(Object.entries(params).map(([id, of]) => [id, { ...of }]));
  return { attacks: [...attacks], params: copied, seed };
}

/** A listener that throws is its owner's trouble; the attacks go on. @template T @param {((value: T) => void) | undefined} listener @param {T} value */
function hear(listener, value) {
  try {
    listener?.(value);
  } catch (error) {
    console.error(error);
  }
}

/**
 * @param {AttackOptions} options
 * @param {object} lab
 * @param {<K extends Reply['type']>(command: Command, answer: K, onEvent?: (event: any) => void) => Promise<Extract<Reply, {type: K}>>} lab.send
 * @param {import('../../app/event-types.d.ts').Dispatch} lab.dispatch
 * @param {() => boolean} lab.stopped whether it was cancelled
 * @param {() => unknown} lab.ended called before the end is told
 * @returns {Promise<AttackReport>} what was found, up to where it was cancelled
 */
export async function runAttacks(options, { send, dispatch, stopped, ended }) {
  const request = attackRequest(options);
  const { onEvent, onFinding } = options;
  for (const [name, listener] of Object.entries({ onEvent, onFinding })) if (listener != null && typeof listener !== 'function') throw invalidOption(`${name} must be a function, got \`${shown(listener)}\``);
  /** @type {AttackReport | null} */
  let report = null;
  /** @type {unknown} */
  let failed = null;
  try {
    // What cannot be made is refused here, before anything is computed.
    const ids = (await send({ type: 'attack_table', request }, 'attack_table')).attacks.map(({ entry }) => entry.id);
    dispatch({ type: 'attack.started', ids });
    for (const id of ids) {
      if (stopped()) break;
      dispatch({ type: 'attack.next', id });
      const follow = (/** @type {LabEvent} */ event) => {
        if (event.type === 'progress' && event.phase === 'attack') dispatch({ type: 'attack.progress', share: event.total > 0 ? event.done / event.total : 0, left: event.left_ms == null ? null : event.left_ms / 1000 });
        hear(onEvent, event);
      };
      const own = request.params[id];
      const { report: found } = await send({ type: 'attack', request: { attacks: [id], params: own ? { [id]: own } : {}, seed: request.seed } }, 'attacks', follow);
      const { findings, ...about } = found;
      report = { ...found, findings: [...(/** @type {AttackReport | null} */ (report)?.findings ?? []), ...findings] };
      const [finding] = findings;
      dispatch({ type: 'attack.found', id, finding, about });
      if (finding) hear(onFinding, finding);
    }
  } catch (error) {
    failed = error;
  }
  const cancelled = stopped() || (failed !== null && errorInfo(failed).code === 'cancelled');
  ended();
  dispatch({ type: 'attack.ended', status: cancelled ? 'cancelled' : failed ? 'idle' : 'done' });
  if (failed !== null && !cancelled) throw failed;
  if (!report) throw cancelledRun();
  return report;
}
