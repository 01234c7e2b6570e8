// @ts-check
// Whether something grows: a straight line through measurements, and the interval that its slope lies in.

/** 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond, the normal distribution's is near enough. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056,
  2.052, 2.048, 2.045, 2.042,
];

/**
 * Least squares: the slope of y over x, and half the width of its 95 % interval.
 * @param {number[]} x
 * @param {number[]} y as many
 * @returns {{slope: number, half: number}}
 */
export function slopeOf(x, y) {
  const n = x.length;
  if (n < 3 || y.length !== n) throw new RangeError(`a slope with an interval needs three points at least, got ${n} and ${y.length}`);
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const sxx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  if (sxx === 0) throw new RangeError('a slope needs points at more than one place');
  const slope = x.reduce((sum, value, idx) => sum + (value - mx) * (y[idx] - my), 0) / sxx;
  const rest = x.reduce((sum, value, idx) => sum + (y[idx] - my - slope * (value - mx)) ** 2, 0);
  return { slope, half: (T[n - 3] ?? 1.96) * Math.sqrt(rest / (n - 2) / sxx) };
}

/**
 * The later half of some measurements: what comes before may still warm up.
 * @template V
 * @param {V[]} values
 */
export const laterHalf = (values) => values.slice(Math.floor(values.length / 2));

/** `flat`: even the upper end of the slope's interval is within the bound. `within noise`: it is not, but no growth at all lies in the interval too. `grows`: neither. */
/** @typedef {'flat' | 'within noise' | 'grows'} Judgement */

/**
 * Judges one quantity of a series.
 * @param {{at: number, [key: string]: number}[]} samples
 * @param {string} key
 * @param {number} bound most that it may grow by for one unit of `at`
 */
export function judge(samples, key, bound) {
  const later = laterHalf(samples);
  const { slope, half } = slopeOf(later.map(({ at }) => at), later.map((sample) => sample[key]));
  /** @type {Judgement} */
  const judgement = slope + half <= bound ? 'flat' : slope - half <= 0 ? 'within noise' : 'grows';
  return { key, first: samples[0][key], last: /** @type {Record<string, number>} */ (samples.at(-1))[key], slope, half, bound, judgement };
}
