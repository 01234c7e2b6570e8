// @ts-check
// What a script gives, checked before anything begins. What is wrong is a LabError that names option, rule and value.

import { LabError, shown } from '../platform/errors.js';

/** @typedef {import('./types.d.ts').RunOptions} RunOptions */
/** @typedef {import('../types.d.ts').RunRequest} RunRequest */

const OPTIONS = ['method', 'forget', 'params', 'steps', 'seed', 'device', 'evalEvery', 'onEvent', 'signal'];
export const DEVICES = ['auto', 'cpu', 'webgpu'];

/** @param {string} message */
export const invalidOption = (message) => new LabError({ code: 'setting', message, kept: 'Everything on this page is kept.', todo: 'See API.md for what may be given.' });

/** Options must be an object before anything is read of them. @template T @param {T} options @param {string} [what] @returns {T} */
export function requireObject(options, what = 'options') {
  if (typeof options !== 'object' || options === null) throw invalidOption(`${what} must be an object, got \`${shown(options)}\``);
  return options;
}

/** The name of a model. @param {string} name */
export function requireName(name) {
  if (typeof name !== 'string') throw invalidOption(`model must be given by its name, got \`${shown(name)}\``);
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
  interest: (value) => Array.isArray(value) && value.length === 2 && Number.isInteger(value[0]) && typeof value[1] === 'string',
  words: (value) => Array.isArray(value) && value.every((word) => typeof word === 'string'),
  standard: (value) => typeof value === 'boolean',
  percent: Number.isInteger,
  shuffle: Number.isInteger,
  core: Number.isInteger,
  edge: Number.isInteger,
  any: (value) => Array.isArray(value) && value.every((one) => one !== null && typeof one === 'object' && Object.entries(one).every(([key, part]) => key !== 'any' && fits(key, part))),
};

/** @param {string} key @param {any} value */
const fits = (key, value) => value == null || (Object.hasOwn(FORGET, key) && Boolean(FORGET[key]?.(value)));

/**
 * @param {RunOptions} options
 * @returns {RunRequest}
 */
export function requestOf(options) {
  requireObject(options);
  for (const key of Object.keys(options)) if (!OPTIONS.includes(key)) throw invalidOption(`unknown option \`${shown(key)}\`; known are ${OPTIONS.join(', ')}`);
  const { method = 'e2urec', forget, params = {}, steps, seed = 1, device = 'auto', evalEvery = 0 } = options;
  if (!DEVICES.includes(device)) throw invalidOption(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
  if (typeof method !== 'string') throw invalidOption(`method must be the id of a method, got \`${shown(method)}\``);
  if (options.onEvent != null && typeof options.onEvent !== 'function') throw invalidOption(`onEvent must be a function, got \`${shown(options.onEvent)}\``);
  for (const [key, value] of Object.entries(requireForget(forget))) {
    if (!fits(key, value)) throw invalidOption(`forget.${shown(key)} must be as API.md has it, got \`${shown(value)}\``);
  }
  requireInteger('seed', seed, 0);
  requireInteger('evalEvery', evalEvery, 0);
  if (steps !== undefined) requireInteger('steps', steps, 1);
  for (const [id, value] of Object.entries(requireObject(params, 'params'))) if (!Number.isFinite(value)) throw invalidOption(`params.${shown(id)} must be a number, got \`${shown(value)}\``);
  return { method, forget, params: { ...params }, ...(steps === undefined ? {} : { steps }), seed, eval_every: evalEvery };
}

/** What to forget, which must be named: nobody forgets a fifth of all people by leaving something out. @param {unknown} forget @returns {import('../types.d.ts').ForgetSpec} */
export function requireForget(forget) {
  if (forget == null) throw invalidOption('forget must name what to forget, such as {users: [7]}; {standard: true} is the paper’s 20 % of users');
  return requireObject(forget, 'forget');
}

/** @param {string} what @param {unknown} value @param {number} least */
export function requireInteger(what, value, least) {
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > 0xffffffff) throw invalidOption(`${what} must be a whole number from ${least}, got \`${shown(value)}\``);
}
