// @ts-check
// What the linked views show of a moment: the sample's rows with Original's answer, that of the moment, and that of a model that never saw them; by person and
// by item; the places of the map, and how far the adapter moved each weight. Pure.

import { t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Moment} Moment */
/** @typedef {import('../../types.d.ts').Moments} Moments */
/** @typedef {import('../../types.d.ts').MovedWeight} MovedWeight */
/** @typedef {import('../../types.d.ts').SampleRow} SampleRow */
/** What is pointed at, or held: a person, an item, or one rating by its place in the sample. @typedef {{kind: 'user' | 'item' | 'row', id: number}} Aim */
/** @typedef {SampleRow & {at: number, original: number, now: number, goal: number | null}} Answer `goal`: Retrain's answer, else the expected one */

/** @param {Moments} moments @param {number} idx @returns {Answer[]} */
export function answersAt({ rows, list }, idx) {
  const [first, now] = [list[0], list[idx]];
  if (!first || !now) return [];
  return rows.map((row, at) => ({ ...row, at, original: first.p_yes[at] ?? 0.5, now: now.p_yes[at] ?? 0.5, goal: row.retrain ?? row.expected ?? null }));
}

/** Where the third column comes from: Retrain if the sample has its answers, else the expected ones, else nothing. @param {SampleRow[]} rows @returns {'retrain' | 'expected' | null} */
export const goalOf = (rows) => (rows.some((row) => row.retrain != null) ? 'retrain' : rows.some((row) => row.expected != null) ? 'expected' : null);

/** Whether a rating is one that is aimed at. @param {Answer | (SampleRow & {at: number})} row @param {Aim | null} aim */
export const isAimed = (row, aim) => aim !== null && (aim.kind === 'row' ? row.at === aim.id : row[aim.kind] === aim.id);

/** How an aim at one rating lights the others: its person's and its item's. @param {Answer[]} answers @param {Aim | null} aim */
export function litBy(answers, aim) {
  if (aim === null) return { rows: new Set(), users: new Set(), items: new Set() };
  const rows = answers.filter((row) => isAimed(row, aim));
  return { rows: new Set(rows.map(({ at }) => at)), users: new Set(rows.map(({ user }) => user)), items: new Set(rows.map(({ item }) => item)) };
}

/** @typedef {{id: number, label: string, n: number, forget: number, change: number}} Group `forget`: rows of it that go; `change`: mean size of the change of p(Yes) since Original */

/**
 * Rows by person or by item, those that changed most first.
 * @param {Answer[]} answers @param {'user' | 'item'} by @param {(row: Answer) => string} label
 * @returns {Group[]}
 */
export function groupsOf(answers, by, label) {
  /** @type {Map<number, Group>} */
  const groups = new Map();
  for (const row of answers) {
    const group = groups.get(row[by]) ?? { id: row[by], label: label(row), n: 0, forget: 0, change: 0 };
    group.n += 1;
    group.forget += row.forget ? 1 : 0;
    group.change += Math.abs(row.now - row.original);
    groups.set(row[by], group);
  }
  const all = [...groups.values()].map((group) => ({ ...group, change: group.change / group.n }));
  return all.toSorted((a, b) => Number(b.forget > 0) - Number(a.forget > 0) || b.change - a.change || a.id - b.id);
}

/** The means of some answers, by what the person thinks: of those they like, and of those they do not. @param {Answer[]} answers */
export function meansOf(answers) {
  const mean = (/** @type {(row: Answer) => number | null} */ read, /** @type {boolean} */ liked) => {
    const values = answers.filter((row) => row.liked === liked).flatMap((row) => read(row) ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return [true, false].map((liked) => ({ liked, n: answers.filter((row) => row.liked === liked).length, original: mean((row) => row.original, liked), now: mean((row) => row.now, liked), goal: mean((row) => row.goal, liked) }));
}

/** The window that holds every place of a run, so that dots move in it and it stands still. @param {Moment[]} list */
export function extentOf(list) {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { places } of list) {
    for (const [x, y] of places) {
      [left, right, low, high] = [Math.min(left, x), Math.max(right, x), Math.min(low, y), Math.max(high, y)];
    }
  }
  return right < left ? { left: 0, right: 1, low: 0, high: 1 } : { left, right: Math.max(right, left + 1e-6), low, high: Math.max(high, low + 1e-6) };
}

/** A place as shares of the window, from its upper left corner. @param {[number, number]} place @param {ReturnType<typeof extentOf>} extent @returns {[number, number]} */
export const shareOf = ([x, y], { left, right, low, high }) => [(x - left) / (right - left), 1 - (y - low) / (high - low)];

/** Short names of weights, and in which block they are. @param {string} name `model.layers.0.self_attn.q_proj` */
export function placeOfWeight(name) {
  const [, block] = /(?:layers|block)\.(\d+)\./.exec(name) ?? [];
  const stack = /^(encoder|decoder)\b/.exec(name)?.[1] ?? '';
  const last = name.split('.').at(-1) ?? name;
  const kind = { embed_tokens: 'tokens', shared: 'tokens' }[last] ?? last.replace(/_proj$/, '');
  const n = Number(block) + 1;
  return { row: block === undefined ? (kind === 'tokens' ? t('Embedding') : t('Other')) : stack === '' ? t('Layer {n}', { n }) : stack === 'encoder' ? t('Encoder {n}', { n }) : t('Decoder {n}', { n }), kind };
}

/** The grid of the adapter: a line for each layer, and the kinds of weights in the order of a forward pass. @param {MovedWeight[]} moved */
export function heatOf(moved) {
  /** @type {Map<string, Map<string, MovedWeight>>} */
  const lines = new Map();
  const kinds = new Set();
  for (const weight of moved) {
    const { row, kind } = placeOfWeight(weight.name);
    kinds.add(kind);
    lines.set(row, (lines.get(row) ?? new Map()).set(kind, weight));
  }
  return { kinds: [...kinds], lines: [...lines].map(([row, cells]) => ({ row, cells })) };
}

/** The largest mean change of any weight or head in a run: the fullest colour. @param {Moment[]} list */
export const mostMoved = (list) => list.reduce((most, { moved }) => moved.reduce((sofar, { rms, heads }) => Math.max(sofar, rms, ...heads), most), 0);
