// @ts-check
// What a scope (the page, or a worker) is told of WebGPU, and what can be had of it. Runs in either.

import { adapterName, isSoftware } from '../../engine/device.js';

/** @typedef {import('./types.d.ts').AdapterFacts} AdapterFacts */

const MIB = 2 ** 20;
/** No model here needs a larger buffer, and a page should not take a whole machine to find out. */
const MOST = 1024 * MIB;
/** WebAssembly has 32-bit addresses. */
const MOST_PAGES = 65_536;
const PATIENCE_MS = 20_000;

const gpu = () => /** @type {any} */ (navigator).gpu;
const say = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/** The same adapter that the engine takes. */
const requestAdapter = () => gpu().requestAdapter({ powerPreference: 'high-performance' });

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @param {number} [ms]
 * @returns {Promise<T>} rejects when it takes longer
 */
export function within(promise, what, ms = PATIENCE_MS) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} gave no word in ${ms / 1000} s`)), ms);
  });
  return /** @type {Promise<T>} */ (Promise.race([promise, late])).finally(() => clearTimeout(timer));
}

/** @returns {Promise<AdapterFacts>} */
export async function describe() {
  if (!gpu()) return { found: false, reason: 'this browser has no WebGPU here' };
  try {
    const adapter = await within(requestAdapter(), 'the search for an adapter');
    if (!adapter) return { found: false, reason: 'the browser offers no WebGPU adapter' };
    const { vendor = '', architecture = '', device = '', description = '', isFallbackAdapter = false } = adapter.info ?? {};
    const info = { vendor, architecture, device, description };
    /** @type {Record<string, number>} */
    const limits = {};
    for (const name in adapter.limits) if (typeof adapter.limits[name] === 'number') limits[name] = adapter.limits[name];
    return { found: true, name: adapterName(info), software: isSoftware({ ...info, isFallbackAdapter }), info, limits, features: [...adapter.features].sort(), wgsl: [...(gpu().wgslLanguageFeatures ?? [])].sort() };
  } catch (error) {
    return { found: false, reason: `asking for a WebGPU adapter failed: ${say(error)}` };
  }
}

/** Whether a buffer can be had, and its last number written and read. @param {any} device @param {number} size */
async function holds(device, size) {
  const { COPY_SRC, COPY_DST, STORAGE, MAP_READ } = /** @type {any} */ (globalThis).GPUBufferUsage;
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const buffer = device.createBuffer({ size, usage: COPY_SRC | COPY_DST | STORAGE });
  const back = device.createBuffer({ size: 4, usage: COPY_DST | MAP_READ });
  try {
    device.queue.writeBuffer(buffer, size - 4, new Uint32Array([size]));
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, size - 4, back, 0, 4);
    device.queue.submit([encoder.finish()]);
    const errors = [await device.popErrorScope(), await device.popErrorScope()].filter(Boolean);
    if (errors.length > 0) return false;
    await back.mapAsync(1);
    return new Uint32Array(back.getMappedRange())[0] === size;
  } finally {
    buffer.destroy();
    back.destroy();
  }
}

/** The largest buffer that can be had, up to what was asked. @returns {Promise<{bytes: number, asked: number, limit: number}>} */
export async function largestBuffer() {
  const adapter = await requestAdapter();
  const { maxBufferSize: limit, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize: limit, maxStorageBufferBindingSize } });
  const asked = Math.min(limit - (limit % 4), MOST);
  let bytes = 0;
  const lost = device.lost.then(() => false);
  for (let size = 16 * MIB; bytes < asked; size *= 2) {
    const next = Math.min(size, asked);
    if (!(await within(Promise.race([holds(device, next).catch(() => false), lost]), `a buffer of ${next} bytes`))) break;
    bytes = next;
  }
  device.destroy();
  return { bytes, asked, limit };
}

/** Destroys a device of its own: the browser must say so. @returns {Promise<{reason: string, ms: number}>} */
export async function loseDevice() {
  const adapter = await requestAdapter();
  const device = await adapter.requestDevice();
  const begin = performance.now();
  device.destroy();
  const { reason } = await within(/** @type {Promise<{reason: string}>} */ (device.lost), 'the lost device');
  return { reason, ms: performance.now() - begin };
}

/** The largest memory that a WebAssembly module can begin with, in bytes. */
export function largestMemory() {
  for (let pages = MOST_PAGES; pages > 0; pages /= 2) {
    try {
      return new WebAssembly.Memory({ initial: pages }).buffer.byteLength;
    } catch {
      // Half of it, then.
    }
  }
  return 0;
}

export const TRIALS = { describe, largestBuffer, loseDevice, largestMemory };
