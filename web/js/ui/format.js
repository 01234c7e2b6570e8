// @ts-check
// Numbers in words and digits. One locale for the whole page, so that figures never jump between formats.

const integer = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @typedef {number | null | undefined} Maybe */

/** Whole number with separators. @param {Maybe} value */
export const count = (value) => (value == null ? '–' : integer.format(value));

/** A count with its noun. @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

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

/** Share as a whole percentage. @param {Maybe} value @param {number} [digits] */
export const percent = (value, digits = 0) => (value == null || !Number.isFinite(value) ? '–' : `${fixed(value * 100, digits)} %`);

/** Figure of unknown size: three significant digits, no exponent unless tiny. @param {Maybe} value */
export function figure(value) {
  if (value == null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4) return value.toExponential(1).replace('-', '−').replace('e−', 'e−');
  if (size >= 1000) return integer.format(value);
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4);
}

/** A length of time, as short as it can be said. @param {Maybe} seconds */
export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return '–';
  if (seconds < 0.95) return `${Math.max(0.1, Math.round(seconds * 10) / 10)} s`;
  if (seconds < 9.5) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round((seconds - minutes * 60) / 5) * 5;
  if (minutes < 10) return rest === 60 ? `${minutes + 1} min` : rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toFixed(seconds < 36_000 ? 1 : 0))} h`;
}

const moments = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A day and an hour. @param {number} at ms since 1970 */
export const moment = (at) => moments.format(at);

/** Bytes. @param {Maybe} value */
export function bytes(value) {
  if (value == null) return '–';
  if (value < 1e3) return `${value} B`;
  if (value < 1e6) return `${fixed(value / 1e3, 0)} kB`;
  if (value < 1e9) return `${fixed(value / 1e6, value < 1e7 ? 1 : 0)} MB`;
  return `${fixed(value / 1e9, 2)} GB`;
}

/** Stars for reading aloud. @param {number} rating */
export const starsText = (rating) => `${Number(rating.toFixed(1))} of 5 stars`;
