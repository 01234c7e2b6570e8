// @ts-check
// How own files are to be read: what a person changed of what was found out, as the engine takes it.

import { msg } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').ReadSpec} ReadSpec */
/** @typedef {import('../../types.d.ts').Role} Role */

/** What a column can be, and its name for people. @type {[role: 'user' | 'item' | 'rating' | 'time' | 'title', label: string][]} */
export const ROLES = [
  ['user', msg('User')],
  ['item', msg('Item')],
  ['rating', msg('Rating')],
  ['time', msg('Time')],
  ['title', msg('Title')],
];

/** @type {[value: NonNullable<ReadSpec['separator']>, label: string][]} */
export const SEPARATORS = [
  ['comma', msg('commas')],
  ['semicolon', msg('semicolons')],
  ['tab', msg('tabs')],
  ['pipe', msg('pipes (|)')],
  ['colons', msg('double colons (::)')],
  ['spaces', msg('spaces')],
];

/** What the first line is. @type {[value: 'names' | 'row', label: string][]} */
export const FIRST_LINES = [
  ['names', msg('names the columns')],
  ['row', msg('is a rating')],
];

/** What a rating of 0 is. @type {[value: 'none' | 'rating', label: string][]} */
export const ZEROS = [
  ['none', msg('no rating')],
  ['rating', msg('the lowest')],
];

/** @type {[value: NonNullable<ReadSpec['dates']>, label: string][]} */
export const DATE_ORDERS = [
  ['day_first', msg('the day first (31/12)')],
  ['month_first', msg('the month first (12/31)')],
];

/**
 * The roles of all columns after one was changed; the column that had the new role takes the old one.
 * @param {(Role | null)[]} roles
 * @param {number} column
 * @param {Role | null} role
 */
export function rolesAfter(roles, column, role) {
  const before = roles[column] ?? null;
  return roles.map((one, at) => (at === column ? role : role !== null && one === role ? before : one));
}

/**
 * The roles as the engine takes them.
 * @param {(Role | null)[]} roles
 * @returns {{columns: ReadSpec['columns'] | null, missing: string[]}}
 */
export function columnsOf(roles) {
  /** @param {Role} role */
  const at = (role) => {
    const place = roles.indexOf(role);
    return place < 0 ? null : place;
  };
  const [user, item, rating] = [at('user'), at('item'), at('rating')];
  const missing = ROLES.slice(0, 3).flatMap(([role, label]) => (at(role) === null ? [label.toLowerCase()] : []));
  if (user === null || item === null || rating === null) return { columns: null, missing };
  const [time, title] = [at('time'), at('title')];
  return { columns: { user, item, rating, ...(time === null ? {} : { time }), ...(title === null ? {} : { title }) }, missing };
}

/**
 * The reading after a change of what separates fields or whether a line names them: what the columns were then says nothing.
 * @param {ReadSpec} read
 * @param {Partial<ReadSpec>} change
 * @returns {ReadSpec}
 */
export function withLayout({ columns, ...read }, change) {
  return { ...read, ...change };
}

/** A number that a person typed, with a point or a comma; null if it is none. @param {string} text */
export function numberOf(text) {
  const number = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || !Number.isFinite(number) ? null : number;
}
