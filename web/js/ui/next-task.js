// @ts-check
// Work in a task of its own: beside running engines the page gets a share of a core, and a long task is then a much longer wait.

const channel = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** @param {() => void} work */
export function nextTask(work) {
  waiting.push(work);
  channel.port2.postMessage(null);
}
