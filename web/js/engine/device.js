// @ts-check
// Which device does the work, and why. Pure but for `probe`.

import { said, t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').DeviceStatus} DeviceStatus */
/** @typedef {import('../types.d.ts').DeviceKind} DeviceKind */
/** @typedef {import('../types.d.ts').DeviceWish} DeviceWish */

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp|software|cpu/i;

/** Both engines before they are started. @returns {DeviceStatus} */
export const enginesOff = () => {
  const off = () => /** @type {import('../types.d.ts').EngineStatus} */ ({ state: 'off', device: '', reason: '', checks: [], restarts: 0, threads: 1 });
  return { cpu: off(), gpu: off() };
};

/**
 * Whether an adapter computes on the processor: slower there than the CPU engine, which is made for it.
 * @param {{vendor?: string, architecture?: string, device?: string, description?: string, isFallbackAdapter?: boolean}} info
 */
export function isSoftware(info) {
  if (info.isFallbackAdapter) return true;
  return SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(' '));
}

/**
 * The adapter's name, as far as the browser tells it.
 * @param {{vendor?: string, architecture?: string, device?: string, description?: string}} info
 */
export function adapterName(info) {
  return info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ') || t('unnamed adapter');
}

/**
 * Asks the browser for a WebGPU adapter.
 * @param {any} [gpu] `navigator.gpu`
 * @returns {Promise<{found: false, reason: string} | {found: true, software: boolean, name: string}>}
 */
export async function probe(gpu = /** @type {any} */ (navigator).gpu) {
  if (!gpu) return { found: false, reason: 'this browser has no WebGPU' };
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return { found: false, reason: 'the browser offers no WebGPU adapter' };
    const info = adapter.info ?? {};
    const all = { vendor: info.vendor, architecture: info.architecture, device: info.device, description: info.description };
    return { found: true, software: isSoftware({ ...all, isFallbackAdapter: info.isFallbackAdapter ?? adapter.isFallbackAdapter }), name: adapterName(all) };
  } catch (error) {
    return { found: false, reason: `asking for a WebGPU adapter failed: ${error instanceof Error ? error.message : error}` };
  }
}

/**
 * Which device a wish comes to, and the sentence that the badge shows.
 * @param {DeviceStatus} status
 * @param {DeviceWish} wish
 * @returns {{kind: DeviceKind, why: string}}
 */
export function choose({ gpu }, wish) {
  if (wish === 'cpu') return { kind: 'cpu', why: t('Chosen by you.') };
  if (wish === 'webgpu') return { kind: 'gpu', why: t('Chosen by you.') };
  switch (gpu.state) {
    case 'ready':
      return { kind: 'gpu', why: t('Chosen because the GPU passed its self-test.') };
    case 'starting':
      return { kind: 'cpu', why: t('Ready at once; the GPU is still being tested.') };
    case 'software':
      return { kind: 'cpu', why: t('Chosen because the only GPU here is computed in software ({device}), which is slower.', { device: gpu.device }) };
    case 'absent':
      return { kind: 'cpu', why: t('Chosen because {reason}.', { reason: said(gpu.reason) }) };
    case 'failed':
      return { kind: 'cpu', why: t('Chosen because the GPU was not trusted: {reason}.', { reason: said(gpu.reason) }) };
    default:
      return { kind: 'cpu', why: t('Ready at once.') };
  }
}
