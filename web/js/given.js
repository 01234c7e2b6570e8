// @ts-check
// What a script gives, checked before anything begins. What is wrong is a LabError that names option, rule and value.

import { LabError, shown } from './errors.js';

/** @typedef {import('./api.js').RunOptions} RunOptions */
/** @typedef {import('./types.d.ts').RunRequest} RunRequest */

const OPTIONS = ['method', 'forget', 'params', 'steps', 'seed', 'device', 'evalEvery', 'onEvent'];
export const DEVICES = ['auto', 'cpu', 'webgpu'];

/** @param {string} message */
export const refused = (message) => new LabError({ code: 'setting', message, kept: 'Everything on this page is kept.', todo: 'See API.md for what may be given.' });

/** Options must be an object before anything is read of them. @template T @param {T} options @param {string} [what] @returns {T} */
export function given(options, what = 'options') {
  if (typeof options !== 'object' || options === null) throw refused(`${what} must be an object, got \`${shown(options)}\``);
  return options;
}

/** The name of a model. @param {string} name */
export function named(name) {
  if (typeof name !== 'string') throw refused(`model must be given by its name, got \`${shown(name)}\``);
  return name;
}

/** @param {any} files */
export const isFiles = (files) => Array.isArray(files) && files.every((file) => typeof file?.name === 'string' && (file.bytes instanceof Uint8Array || file instanceof Blob));

/** @param {any} list */
const isNumbers = (list) => Array.isArray(list) && list.every(Number.isInteger);

/** What the fields of a forget spec are; their range is the engine's to check. @type {Record<string, (value: any) => boolean>} */
const FORGET = {
  users: isNumbers,
  items: isNumbers,
  interactions: (value) => Array.isArray(value) && value.every((pair) => isNumbers(pair) && pair.length === 2),
  genre: (value) => typeof value === 'string',
  standard: (value) => typeof value === 'boolean',
  percent: Number.isInteger,
  shuffle: Number.isInteger,
  core: Number.isInteger,
  edge: Number.isInteger,
  any: (value) => Array.isArray(value) && value.every((one) => one !== null && typeof one === 'object' && Object.entries(one).every(([key, part]) => key !== 'any' && fits(key, part))),
};

/** @param {string} key @param {any} value */
const fits = (key, value) => value == null || (Object.hasOwn(FORGET, key) && FORGET[key](value));

/**
 * @param {RunOptions} options
 * @returns {RunRequest}
 */
export function requestOf(options) {
  given(options);
  for (const key of Object.keys(options)) if (!OPTIONS.includes(key)) throw refused(`unknown option \`${shown(key)}\`; known are ${OPTIONS.join(', ')}`);
  const { method = 'e2urec', forget, params = {}, steps, seed = 1, device = 'auto', evalEvery = 0 } = options;
  if (!DEVICES.includes(device)) throw refused(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
  if (typeof method !== 'string') throw refused(`method must be the id of a method, got \`${shown(method)}\``);
  if (options.onEvent != null && typeof options.onEvent !== 'function') throw refused(`onEvent must be a function, got \`${shown(options.onEvent)}\``);
  for (const [key, value] of Object.entries(forgetGiven(forget))) {
    if (!fits(key, value)) throw refused(`forget.${shown(key)} must be as API.md has it, got \`${shown(value)}\``);
  }
  whole('seed', seed, 0);
  whole('evalEvery', evalEvery, 0);
  if (steps !== undefined) whole('steps', steps, 1);
  for (const [id, value] of Object.entries(given(params, 'params'))) if (!Number.isFinite(value)) throw refused(`params.${shown(id)} must be a number, got \`${shown(value)}\``);
  return { method, forget, params: { ...params }, ...(steps === undefined ? {} : { steps }), seed, eval_every: evalEvery };
}

/** What to forget, which must be named: nobody forgets a fifth of all people by leaving something out. @param {unknown} forget @returns {import('./types.d.ts').ForgetSpec} */
export function forgetGiven(forget) {
  if (forget == null) throw refused('forget must name what to forget, such as {users: [7]}; {standard: true} is the paper’s 20 % of users');
  return given(forget, 'forget');
}

/** @param {string} what @param {unknown} value @param {number} least */
export function whole(what, value, least) {
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > 0xffffffff) throw refused(`${what} must be a whole number from ${least}, got \`${shown(value)}\``);
}
