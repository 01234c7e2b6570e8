// @ts-check
// Whether this browser can run the engine at all: WebAssembly, and its instructions on several numbers at once (SIMD), which every module uses.

import { LabError } from './errors.js';

/** A module with one function, which counts bits in sixteen bytes at once: a browser without SIMD takes it for broken. */
const SIMD_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

/** What a reader can do about it, wherever the engine cannot run. */
const TODO = 'Use Chrome or Edge from version 120, Firefox from 121 or Safari from 17, in their usual settings.';

/** @param {string} code @param {string} message */
const lacking = (code, message) => new LabError({ code, message, kept: 'Nothing was loaded.', todo: TODO });

/**
 * Why the engine cannot run in this browser; null if it can.
 * @param {{validate: (bytes: Uint8Array<ArrayBuffer>) => boolean} | undefined} [wasm]
 */
export function whyNoEngine(wasm = globalThis.WebAssembly) {
  if (!wasm) return lacking('no_wasm', 'this browser has no WebAssembly, or it is switched off, as in Apple’s Lockdown Mode and at the Tor Browser’s level “Safest”');
  if (!wasm.validate(SIMD_MODULE)) return lacking('no_simd', 'this browser’s WebAssembly has no SIMD, the instructions for several numbers at once that the engine is made of');
  return null;
}
