// @ts-check
// Two devices' numbers of a case beside each other, or one's beside what the reference keeps of each tensor.

/** @typedef {{name: string, values: number[]}} Numbers */
/** What the reference keeps: how many numbers, the largest, their root mean square, every `stride`th. @typedef {{n: number, max: number, rms: number, stride: number, values: number[]}} Kept */
/** @typedef {{difference: number | null, tensor: string | null}} Found */

/** @param {number} largest @param {number} scale */
const relative = (largest, scale) => (largest === 0 ? 0 : largest / scale);

/** The largest of |a − b|; null where one is missing or no number. @param {number[]} a @param {number[]} b */
function largestGap(a, b) {
  if (a.length !== b.length) return null;
  let largest = 0;
  for (const [i, value] of a.entries()) {
    const gap = Math.abs(value - (b[i] ?? Number.NaN));
    if (!Number.isFinite(gap)) return null;
    largest = Math.max(largest, gap);
  }
  return largest;
}

/** The worst of all tensors; one that cannot be compared is worst. @param {[string, number | null][]} differences @returns {Found} */
function worst(differences) {
  /** @type {Found} */
  let found = { difference: 0, tensor: null };
  for (const [tensor, difference] of differences) {
    if (difference === null || !Number.isFinite(difference)) return { difference: null, tensor };
    if (found.tensor === null || difference > (found.difference ?? 0)) found = { difference, tensor };
  }
  return found;
}

/** @param {Numbers[]} found @param {Numbers[]} expected @returns {Found} */
export function beside(found, expected) {
  if (found.length !== expected.length) return { difference: null, tensor: null };
  return worst(
    expected.map(({ name, values }, i) => {
      const one = found[i];
      const gap = one?.name === name ? largestGap(one.values, values) : null;
      return [name, gap === null ? null : relative(gap, values.reduce((max, v) => Math.max(max, Math.abs(v)), 0))];
    }),
  );
}

/** @param {Numbers[]} found @param {Record<string, Kept>} reference @returns {Found} */
export function besideReference(found, reference) {
  const missing = Object.keys(reference).find((name) => !found.some((one) => one.name === name));
  if (missing !== undefined) return { difference: null, tensor: missing };
  return worst(
    found.map(({ name, values }) => {
      const kept = reference[name];
      if (!kept || kept.n !== values.length) return [name, null];
      const rms = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      const gap = largestGap([rms, ...values.filter((_, i) => i % kept.stride === 0)], [kept.rms, ...kept.values]);
      return [name, gap === null ? null : relative(gap, kept.max)];
    }),
  );
}
