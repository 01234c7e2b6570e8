// What a browser of the matrix must have.

/** @typedef {import('./browsers.mjs').Browser} Browser */

/** What is not as it must be. @param {Pick<Browser, 'adapter'>} browser @param {import('../../web/js/features/conformance/types.d.ts').ConformanceReport} report */
export function missing({ adapter }, { adapter: { worker: found }, engines, verdict }) {
  const problems = verdict.ok ? [] : [verdict.says];
  if (adapter && found.found === false) problems.push(`a WebGPU adapter is expected in workers, and ${found.reason}`);
  else if (adapter && found.found && !adapter.test(found.name)) problems.push(`the adapter should be ${adapter}, and is “${found.name}”`);
  if (adapter && engines.gpu.state !== 'ready') problems.push(`the GPU engine is ${engines.gpu.state}: ${engines.gpu.reason}`);
  if (!adapter && found.found) problems.push(`a WebGPU adapter was found (${found.name}) where none was known: expect it from now on`);
  return problems;
}
