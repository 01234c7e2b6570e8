// @ts-check
// Makes attacks, one after another, on what the last run left. Loaded when the first one is asked for.

import { cancelledRun, shown, troubleOf } from './errors.js';
import { given, refused, whole } from './given.js';

/** @typedef {import('./api.js').AttackOptions} AttackOptions */
/** @typedef {import('./types.d.ts').AttackReport} AttackReport */
/** @typedef {import('./types.d.ts').AttackRequest} AttackRequest */
/** @typedef {import('./types.d.ts').AttackState} AttackState */
/** @typedef {import('./types.d.ts').Command} Command */
/** @typedef {import('./types.d.ts').LabEvent} LabEvent */
/** @typedef {import('./types.d.ts').Reply} Reply */

/**
 * Checks the shape of what was given; ids and ranges are the engine's to check.
 * @param {AttackOptions} options
 * @returns {AttackRequest}
 */
export function attackRequest({ attacks = [], params = {}, seed = 1 }) {
  if (!Array.isArray(attacks) || !attacks.every((id) => typeof id === 'string')) throw refused(`attacks must be a list of ids, got \`${shown(attacks)}\``);
  for (const [id, of] of Object.entries(given(params, 'params'))) {
    for (const [key, value] of Object.entries(given(of, `params.${shown(id)}`))) if (!Number.isFinite(value)) throw refused(`params.${shown(id)}.${shown(key)} must be a number, got \`${shown(value)}\``);
  }
  whole('seed', seed, 0);
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
 * @param {<K extends Reply['type']>(command: Command, answer: K, hear?: (event: any) => void) => Promise<Extract<Reply, {type: K}>>} lab.send
 * @param {(update: (attacks: AttackState) => AttackState) => void} lab.tell
 * @param {() => boolean} lab.stopped whether it was cancelled
 * @param {() => unknown} lab.ended called before the last word is told
 * @returns {Promise<AttackReport>} what was found, up to where it was cancelled
 */
export async function attackAll(options, { send, tell, stopped, ended }) {
  const request = attackRequest(options);
  const { onEvent, onFinding } = options;
  for (const [name, listener] of Object.entries({ onEvent, onFinding })) if (listener != null && typeof listener !== 'function') throw refused(`${name} must be a function, got \`${shown(listener)}\``);
  /** @type {AttackReport | null} */
  let report = null;
  /** @type {unknown} */
  let failed = null;
  try {
    // What cannot be made is refused here, before anything is computed.
    const ids = (await send({ type: 'attack_table', request }, 'attack_table')).attacks.map(({ entry }) => entry.id);
    tell((attacks) => ({ ...attacks, status: 'running', queue: ids, now: '', error: null }));
    for (const id of ids) {
      if (stopped()) break;
      tell((attacks) => ({ ...attacks, now: id, share: 0, left: null }));
      const follow = (/** @type {LabEvent} */ event) => {
        if (event.type === 'progress' && event.phase === 'attack') tell((attacks) => ({ ...attacks, share: event.total > 0 ? event.done / event.total : 0, left: event.left_ms == null ? null : event.left_ms / 1000 }));
        hear(onEvent, event);
      };
      const params = request.params[id] ? { [id]: request.params[id] } : {};
      const { report: found } = await send({ type: 'attack', request: { attacks: [id], params, seed: request.seed } }, 'attacks', follow);
      const { findings, ...about } = found;
      report = { ...found, findings: [...(/** @type {AttackReport | null} */ (report)?.findings ?? []), ...findings] };
      tell((attacks) => ({ ...attacks, about, findings: { ...attacks.findings, [id]: findings[0] } }));
      hear(onFinding, findings[0]);
    }
  } catch (error) {
    failed = error;
  }
  const cancelled = stopped() || (failed !== null && troubleOf(failed).code === 'cancelled');
  ended();
  tell((attacks) => ({ ...attacks, status: cancelled ? 'cancelled' : failed ? 'idle' : 'done', queue: [], now: '' }));
  if (failed !== null && !cancelled) throw failed;
  if (!report) throw cancelledRun();
  return report;
}
