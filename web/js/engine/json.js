// @ts-check
// What the wasm bindings hand out, as plain JSON values: maps become objects, `undefined` becomes null. So a report made here is the
// same object as the one that the command line prints.

/**
 * @template T
 * @param {T} value anything the bindings return
 * @returns {import('../types.d.ts').AsJson<T>} the same as plain JSON; byte arrays are left as they are
 */
export function toJson(value) {
  return /** @type {any} */ (convert(value));
}

/** @param {unknown} value @returns {unknown} */
function convert(value) {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(convert);
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, inner]) => [key, convert(inner)]));
}
