// @ts-check
// A module worker that owns one wasm engine. Its name says which module: `cpu`, `text` or `gpu`.
// In: {id, command, turn?}, {id, control} or {team}. Out: {id, reply} | {id, error} | {event, runId} | {fatal} | {came}.

import { openModule } from '../platform/integrity.js';
import { toJson } from './json.js';
import { createTeam } from './team.js';

/**
 * @typedef {{
 *   handle(command: unknown, id: number, onEvent: (event: unknown) => void, turn?: number): Promise<unknown>,
 *   control(control: string, id: number): void,
 *   join(rank: number, of: number, exchange: (turn: number, part: Float32Array) => Promise<Float32Array[]>): void,
 * }} WasmEngine
 */

/** @type {Promise<WasmEngine> | null} */
let engine = null;
/** The workers whose engines carry out commands with this one. @type {ReturnType<typeof createTeam> | null} */
let team = null;

/** @returns {Promise<WasmEngine>} */
async function open() {
  const { Engine } = await openModule(self.name, (came) => self.postMessage({ came }));
  return new Engine();
}

// A GPU that is lost never answers again: whatever waits for it would wait forever.
if (self.name === 'gpu' && globalThis.GPUAdapter) {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...wanted) {
    const device = await requestDevice.apply(this, wanted);
    // What nobody waits for ends the engine as well, in a trap that does not say why: so it is said before.
    device.addEventListener('uncapturederror', ({ error }) => fatal(error instanceof GPUOutOfMemoryError ? `out of memory on the GPU (${error.message})` : `the GPU refused: ${error.message}`));
    void device.lost.then(({ message }) => fatal(`the GPU was lost${message ? ` (${message})` : ''}`));
    return device;
  };
}

/** A trap leaves the instance unusable: the page must start a new one. @param {unknown} error */
function fatal(error) {
  const message = error instanceof Error ? error.message : String(error);
  self.postMessage({ fatal: message });
}

/** @param {unknown} error */
function describe(error) {
  const { message, kept, todo, code } = /** @type {any} */ (error ?? {});
  return { message: message ?? String(error), kept: kept ?? null, todo: todo ?? null, code: code ?? null };
}

/** Buffers of a reply or event that may be moved instead of copied. @param {any} told @returns {Transferable[]} */
const buffers = (told) => (told?.type === 'adapter' || told?.type === 'checkpoint' ? told.files.map((/** @type {any} */ file) => file.bytes.buffer) : []);

/** @param {unknown} event @param {number} runId */
function tell(event, runId) {
  const told = toJson(event);
  self.postMessage({ event: told, runId }, { transfer: buffers(told) });
}

self.addEventListener('message', async ({ data }) => {
  if (data.control) {
    const running = await engine;
    running?.control(data.control, data.id);
    return;
  }
  if (data.team) {
    const joined = createTeam(data.team.rank, data.team.ports);
    team = joined;
    (await (engine ??= open())).join(joined.rank, joined.of, joined.exchange);
    return;
  }
  const { id, command, turn } = data;
  try {
    engine ??= open();
    const running = await engine;
    const reply = toJson(await running.handle(command, id, (event) => tell(event, id), turn));
    self.postMessage({ id, reply }, { transfer: buffers(reply) });
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) fatal(error);
    else self.postMessage({ id, error: describe(error) });
  } finally {
    if (turn !== undefined) team?.end(turn);
  }
});

self.addEventListener('error', (event) => fatal(event.error ?? event.message));
self.addEventListener('unhandledrejection', (event) => fatal(event.reason));
