// @ts-check
// Whether a run or settings from a file have the shape that the page draws: every field that a view reads is there and of its kind. Pure.

import { shown } from '../../platform/errors.js';

/** A check of one value: what it must be, or null where it is that. @typedef {(value: any) => string | null} Check */

/** @type {Check} */
const text = (value) => (typeof value === 'string' && value.length <= 400 ? null : 'must be a short text');
/** @type {Check} */
const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? null : 'must be a number');
/** @type {Check} */
const flag = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
/** @param {Check} check @returns {Check} */
const maybe = (check) => (value) => (value == null ? null : check(value));

/** A field that is wrong, with its path. @param {string} path @param {string} wrong @param {any} value */
const told = (path, wrong, value) => `${path} ${wrong}, got \`${shown(value)}\``;

/**
 * The first field of an object that is not as it must be, with its path.
 * @param {any} value @param {Record<string, Check | object>} shape @param {string} path
 * @returns {string | null}
 */
function problemOf(value, shape, path) {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return told(path, 'must be an object', value);
  for (const [key, wanted] of Object.entries(shape)) {
    const place = path === '' ? key : `${path}.${key}`;
    if (typeof wanted !== 'function') {
      const inner = problemOf(value[key], /** @type {any} */ (wanted), place);
      if (inner) return inner;
      continue;
    }
    const wrong = wanted(value[key]);
    if (wrong) return wrong.startsWith('@') ? `${place}${wrong.slice(1)}` : told(place, wrong, value[key]);
  }
  return null;
}

/** @param {Record<string, Check | object> | Check} of @param {number} [most] @returns {Check} */
const list = (of, most = 100_000) => (value) => {
  if (!Array.isArray(value)) return 'must be a list';
  if (value.length > most) return `must have at most ${most} entries`;
  for (const [idx, one] of value.entries()) {
    if (typeof of === 'function') {
      const wrong = of(one);
      if (wrong) return `@[${idx}] ${wrong}, got \`${shown(one)}\``;
      continue;
    }
    const wrong = problemOf(one, of, '');
    if (wrong) return `@[${idx}].${wrong}`;
  }
  return null;
};

/** @type {Check} */
const numbers = (value) => {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return 'must be an object of numbers';
  return Object.values(value).every((one) => number(one) === null) ? null : 'must hold numbers alone';
};
/** @type {Check} */
const pair = (value) => (Array.isArray(value) && value.length === 2 && value.every((one) => number(one) === null) ? null : 'must be two numbers');
/** @type {Check} */
const forget = (value) => (value && typeof value === 'object' && !Array.isArray(value) && JSON.stringify(value).length < 2e6 ? null : 'must name what is forgotten');

const quality = { auc: maybe(number), acc: number, logloss: number };
const forgetFigures = { auc: maybe(number), acc: number, logloss: number, jsd: maybe(number), sym_kl: maybe(number), l2: maybe(number) };
const request = { method: text, forget, params: numbers, seed: number, steps: maybe(number), eval_every: number };
const row = { id: text, seed: number, params: numbers, test: quality, retain: quality, forget: forgetFigures, histogram: { liked: list(number, 1000), disliked: list(number, 1000) }, seconds: number, steps: number, source: text };
const report = {
  dataset: text, model: text, device: text, request, sizes: { forget: number, retain: number, test: number }, methods: list(row, 50),
  proxy: { forget_before: number, forget_after: number, unseen: number, expected: maybe(number) }, adapter_sha256: maybe(text), expected_missing: maybe(text), gap_closed: maybe(number),
};
const figures = { test: maybe(number), forget: maybe(number), loss: maybe(number) };
const about = {
  id: text, at: number, label: text, method: text, setting: text, dataset: text, model: text, own: flag, device: (/** @type {any} */ value) => (['cpu', 'gpu'].includes(value) ? null : 'must be cpu or gpu'),
  request, sizes: { forget: number, retain: number }, before: figures, after: figures, seconds: maybe(number), elapsed: number, adapter_sha256: maybe(text),
};
const moment = { step: number, calibrated: flag, p_yes: list(number, 2000), places: list(pair, 2000), moved: list({ name: text, norm: number, rms: number, heads: list(number, 1000) }, 5000) };
const sample = { user: number, item: number, title: text, liked: flag, forget: flag, retrain: maybe(number), expected: maybe(number) };
const record = {
  report,
  losses: list({ step: number, total: number }),
  evals: list({ step: number, test: quality, forget: forgetFigures }, 20_000),
  moments: { rows: list(sample, 2000), list: list(moment, 20_000) },
};
const settings = {
  data: text, model: text, method: text, preset: maybe(text), params: numbers, steps: maybe(number), seed: number, forget: maybe(forget), smooth: flag,
  histogram: (/** @type {any} */ value) => (['all', 'liked', 'disliked'].includes(value) ? null : 'must be all, liked or disliked'),
};
const adapter = list({ name: (/** @type {any} */ value) => (['adapter_config.json', 'adapter_model.safetensors'].includes(value) ? null : 'must be a file of an adapter'), base64: (/** @type {any} */ value) => (typeof value === 'string' ? null : 'must be a text') }, 2);

/**
 * What is wrong with the parts of a session that are given, in words; null where nothing is.
 * @param {{about?: unknown, record?: unknown, adapter?: unknown, settings?: unknown}} parts
 */
export function problemIn(parts) {
  const shape = { ...('settings' in parts ? { settings } : { about, record, adapter }) };
  const wrong = problemOf(parts, shape, '');
  if (wrong) return wrong;
  // Answers are of rows: a moment has one for each.
  const moments = /** @type {any} */ (parts).record?.moments;
  const odd = moments?.list.findIndex((/** @type {any} */ one) => one.p_yes.length !== moments.rows.length || one.places.length !== moments.rows.length);
  return odd >= 0 ? `record.moments.list[${odd}] must have ${moments.rows.length} answers and places, got ${moments.list[odd].p_yes.length} and ${moments.list[odd].places.length}` : null;
}
