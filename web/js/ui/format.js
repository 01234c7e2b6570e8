// @ts-check
// Numbers in words and digits, dates and lists, in the locale of the language that is spoken: one for the whole page, so that figures never jump between formats.

import { counted, language, locale, t } from './words.js';

/** What `Intl` formats with, made once for a language. @type {Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.ListFormat>} */
const made = new Map();

/** @template {Intl.NumberFormat | Intl.DateTimeFormat | Intl.ListFormat} T @param {string} name @param {(locale: string) => T} make @returns {T} */
function formatter(name, make) {
  const key = `${locale()} ${name}`;
  const known = made.get(key) ?? make(locale());
  made.set(key, known);
  return /** @type {T} */ (known);
}
const integer = () => formatter('integer', (of) => new Intl.NumberFormat(of, { maximumFractionDigits: 0 }));

/** @typedef {number | null | undefined} Maybe */

/** Whole number with separators. @param {Maybe} value */
export const count = (value) => (value == null ? '–' : integer().format(value));

/** A count with its noun. @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) => counted(n, count(n), one, many);

/** Parts of a sentence: “a”, “a and b”, “a, b and c”. English without a comma before its “and”, which the British leave out. @param {readonly string[]} parts */
export const listed = (parts) => formatter('list', (of) => new Intl.ListFormat(of === 'en' ? 'en-GB' : of)).format(parts);

/** A date, or the time of a day as a clock shows it. @param {number | Date} at @param {'date' | 'clock' | 'both'} [how] */
export function moment(at, how = 'date') {
  /** @type {Record<string, Intl.DateTimeFormatOptions>} */
  const options = { date: { dateStyle: 'medium' }, clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }, both: { dateStyle: 'medium', timeStyle: 'short' } };
  return formatter(how, (of) => new Intl.DateTimeFormat(of, options[how])).format(at);
}

/** Fixed decimals, a true minus sign. @param {Maybe} value @param {number} [digits] */
export function fixed(value, digits = 3) {
  if (value == null || !Number.isFinite(value)) return '–';
  return value.toFixed(digits).replace('-', '−');
}

/** Signed difference. @param {Maybe} value @param {number} [digits] */
export function signed(value, digits = 3) {
  if (value == null || !Number.isFinite(value)) return '–';
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return `±${text}`;
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** A percent sign as the language sets it: Chinese leaves no space before it. */
export const percentSign = () => (language().id === 'zh' ? '%' : ' %');

/** A percentage without its sign. @param {Maybe} value @param {number} [digits] */
export const percentage = (value, digits = 0) => (value == null || !Number.isFinite(value) ? '–' : fixed(value * 100, digits));

/** Share as a whole percentage. @param {Maybe} value @param {number} [digits] */
export const percent = (value, digits = 0) => (value == null || !Number.isFinite(value) ? '–' : `${fixed(value * 100, digits)}${percentSign()}`);

/** Figure of unknown size: three significant digits, no exponent unless tiny. @param {Maybe} value */
export function figure(value) {
  if (value == null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4) return value.toExponential(1).replace('-', '−').replace('e−', 'e−');
  if (size >= 1000) return integer().format(value);
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4);
}

/** A length of time, as short as it can be said. @param {Maybe} seconds */
export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return '–';
  if (seconds < 0.95) return t('{n} s', { n: Math.max(0.1, Math.round(seconds * 10) / 10) });
  if (seconds < 9.5) return t('{n} s', { n: Number(seconds.toFixed(1)) });
  if (seconds < 90) return t('{n} s', { n: Math.round(seconds) });
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round((seconds - minutes * 60) / 5) * 5;
  if (minutes < 10) return rest === 60 ? t('{n} min', { n: minutes + 1 }) : rest === 0 ? t('{n} min', { n: minutes }) : t('{minutes} min {rest} s', { minutes, rest });
  if (seconds < 7200) return t('{n} min', { n: Math.round(seconds / 60) });
  return t('{n} h', { n: Number((seconds / 3600).toFixed(seconds < 36_000 ? 1 : 0)) });
}

/** Bytes. @param {Maybe} value */
export function bytes(value) {
  if (value == null) return '–';
  if (value < 1e3) return `${value} B`;
  if (value < 1e6) return `${fixed(value / 1e3, 0)} kB`;
  if (value < 1e9) return `${fixed(value / 1e6, value < 1e7 ? 1 : 0)} MB`;
  return `${fixed(value / 1e9, 2)} GB`;
}

/** Stars for reading aloud. @param {number} rating */
export const starsText = (rating) => t('{rating} of 5 stars', { rating: Number(rating.toFixed(1)) });
