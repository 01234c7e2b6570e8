// @ts-check
// A module worker that owns one wasm engine. Its name says which module: `cpu`, `text` or `gpu`.
// In: {id, command} or {control}. Out: {id, reply} | {id, error} | {event, runId} | {fatal}.

import { openModule } from './integrity.js';
import { plain } from './plain.js';

/** @typedef {{handle(command: unknown, onEvent: (event: unknown) => void): Promise<unknown>, control(control: string): void}} WasmEngine */

/** @type {Promise<WasmEngine> | null} */
let engine = null;

/** @returns {Promise<WasmEngine>} */
async function open() {
  const { Engine } = await openModule(self.name);
  return new Engine();
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

/** Buffers of a reply that may be moved instead of copied. @param {any} reply @returns {Transferable[]} */
const buffers = (reply) => (reply?.type === 'adapter' ? reply.files.map((/** @type {any} */ file) => file.bytes.buffer) : []);

self.addEventListener('message', async ({ data }) => {
  if (data.control) {
    const running = await engine;
    running?.control(data.control);
    return;
  }
  const { id, command } = data;
  try {
    engine ??= open();
    const running = await engine;
    const reply = plain(await running.handle(command, (event) => self.postMessage({ event: plain(event), runId: id })));
    self.postMessage({ id, reply }, { transfer: buffers(reply) });
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) fatal(error);
    else self.postMessage({ id, error: describe(error) });
  }
});

self.addEventListener('error', (event) => fatal(event.error ?? event.message));
self.addEventListener('unhandledrejection', (event) => fatal(event.reason));
