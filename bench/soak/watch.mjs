// @ts-check
// What a page and its workers hold, seen from outside through the DevTools protocol: after a collection of garbage in each, so that what is left is held.

import { readFileSync } from 'node:fs';

/** For Chromium: JavaScript is interpreted, since code that is compiled over the first dozens of runs counts as heap too, 20 kB a run at first. WebAssembly is compiled as ever. */
export const INTERPRETED = '--js-flags=--no-opt --no-maglev --no-sparkplug';

/** What a worker can hold of a GPU. Counted are the objects that are reachable: what was dropped is gone after the collection, destroyed or not. */
const GPU_TYPES = ['GPUBuffer', 'GPUBindGroup', 'GPUBindGroupLayout', 'GPUPipelineLayout', 'GPUComputePipeline', 'GPUShaderModule', 'GPUCommandEncoder', 'GPUCommandBuffer', 'GPUQuerySet', 'GPUTexture'];

/**
 * @typedef {object} Sample
 * @property {number} page_heap bytes of JavaScript in the page
 * @property {number} worker_heap bytes of JavaScript in all its workers
 * @property {number} wasm bytes of WebAssembly memory in all its workers
 * @property {number} workers
 * @property {number} nodes of the document, those that are still referred to from scripts included
 * @property {number} listeners
 * @property {number} documents
 * @property {number} gpu_buffers
 * @property {number} gpu_bytes of those buffers
 * @property {number} gpu_others every other kind of GPU object
 * @property {number} gpu_process resident bytes of the browser's GPU process; 0 where the system does not tell
 */

/** Resident bytes of a process. @param {number} pid */
function resident(pid) {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/**
 * Begins to watch a page. Its workers are followed as they come and go.
 * @param {import('playwright-core').Page} page
 */
export async function watch(page) {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page must belong to a browser that was launched, so that its processes can be asked for');
  const [session, top] = [await page.context().newCDPSession(page), await browser.newBrowserCDPSession()];
  /** @type {Map<string, string>} sessions of workers, with the workers' names */
  const workers = new Map();
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void, to: string}>} */
  const waiting = new Map();
  let nextId = 1;
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => targetInfo.type === 'worker' && workers.set(sessionId, targetInfo.title));
  session.on('Target.detachedFromTarget', ({ sessionId }) => {
    const name = workers.get(sessionId) ?? '';
    workers.delete(sessionId);
    for (const [id, { to, reject }] of waiting) {
      if (to !== sessionId) continue;
      waiting.delete(id);
      reject(new Error(`the worker \`${name}\` ended while it was measured`));
    }
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error) asked?.reject(new Error(error.message));
    else asked?.resolve(result);
  });
  await session.send('Performance.enable');
  // Not flattened: Playwright's sessions are for pages alone, so words to a worker go through its page's.
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });

  /** @param {string} to @param {string} method @param {object} [params] @returns {Promise<any>} */
  const ask = (to, method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve, reject, to });
      session.send('Target.sendMessageToTarget', { sessionId: to, message: JSON.stringify({ id, method, params }) }).catch(reject);
    });

  /**
   * All objects of a type that a worker holds, summed up there.
   * @param {string} worker
   * @param {string} type
   * @param {string} sum text of a function of the list
   * @returns {Promise<number>}
   */
  async function all(worker, type, sum) {
    const objectGroup = 'soak';
    const { result: prototype } = await ask(worker, 'Runtime.evaluate', { expression: `globalThis.${type}?.prototype`, objectGroup });
    if (!prototype.objectId) return 0;
    const { objects } = await ask(worker, 'Runtime.queryObjects', { prototypeObjectId: prototype.objectId, objectGroup });
    const { result } = await ask(worker, 'Runtime.callFunctionOn', { objectId: objects.objectId, functionDeclaration: `function () { return (${sum})(this); }`, returnByValue: true });
    await ask(worker, 'Runtime.releaseObjectGroup', { objectGroup });
    return result.value;
  }

  return {
    /** @returns {Promise<Sample>} */
    async sample() {
      // What the test itself notes in the page is not the page's.
      await page.evaluate(() => void (globalThis.longTasks && (globalThis.longTasks.length = 0)));
      // Twice: the first collection may only find out what the second one can free.
      for (const _ of [1, 2]) await session.send('HeapProfiler.collectGarbage');
      const sample = { page_heap: (await session.send('Runtime.getHeapUsage')).usedSize, worker_heap: 0, wasm: 0, workers: workers.size, nodes: 0, listeners: 0, documents: 0, gpu_buffers: 0, gpu_bytes: 0, gpu_others: 0, gpu_process: 0 };
      for (const [worker, name] of workers) {
        for (const _ of [1, 2]) await ask(worker, 'HeapProfiler.collectGarbage');
        sample.wasm += await all(worker, 'WebAssembly.Memory', '(list) => list.reduce((sum, one) => sum + one.buffer.byteLength, 0)');
        if (name === 'gpu') {
          for (const type of GPU_TYPES) sample[type === 'GPUBuffer' ? 'gpu_buffers' : 'gpu_others'] += await all(worker, type, '(list) => list.length');
          sample.gpu_bytes += await all(worker, 'GPUBuffer', '(list) => list.reduce((sum, one) => sum + one.size, 0)');
        }
        sample.worker_heap += (await ask(worker, 'Runtime.getHeapUsage')).usedSize;
      }
      const metrics = Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
      Object.assign(sample, { nodes: metrics.Nodes, listeners: metrics.JSEventListeners, documents: metrics.Documents });
      const { processInfo } = await top.send('SystemInfo.getProcessInfo');
      sample.gpu_process = resident(processInfo.find(({ type }) => type === 'GPU')?.id ?? 0);
      return sample;
    },
  };
}
