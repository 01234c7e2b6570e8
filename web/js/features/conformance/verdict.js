// @ts-check
// What a report comes to, in words. Pure.

/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').Kind} Kind */

const NAMES = { cpu: 'CPU', gpu: 'GPU' };

/** @param {readonly string[]} names */
export const listed = (names) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

/**
 * @param {Pick<ConformanceReport, 'cases' | 'engines' | 'trials' | 'adapter' | 'query'>} report
 * @returns {{ok: boolean, says: string}}
 */
export function verdict({ cases, engines, trials, adapter, query }) {
  const kinds = /** @type {const} */ (['cpu', 'gpu']);
  const tested = kinds.filter((kind) => cases.some((one) => one[kind]));
  /** @type {string[]} */
  const wrong = [];
  for (const kind of kinds) {
    if (engines[kind].state === 'failed') wrong.push(`The ${NAMES[kind]} engine failed: ${engines[kind].reason}.`);
    const titles = cases.filter((one) => one[kind]?.ok === false).map(({ title }) => title);
    if (titles.length > 0) wrong.push(`Wrong on the ${NAMES[kind]}: ${listed(titles)}.`);
  }
  const failed = trials.filter(({ ok }) => !ok).map(({ title }) => title);
  if (failed.length > 0) wrong.push(`Not passed: ${listed(failed)}.`);

  const scope = adapter[query.worker ? 'worker' : 'page'];
  const on = listed(tested.map((kind) => (kind === 'gpu' && scope.found ? `the GPU (${scope.name}${scope.software ? ', in software' : ''})` : `the ${NAMES[kind]}`)));
  const what = cases.length === 1 ? 'The operation is' : cases.length === 2 ? 'Both operations are' : `All ${cases.length} operations are`;
  const right = cases.length === 0 ? 'Everything that was asked for passed.' : `${what} right on ${on}.`;
  const untested = engines.gpu.state === 'absent' ? [`The GPU was not tested: ${engines.gpu.reason}.`] : [];
  const ok = wrong.length === 0;
  return { ok, says: [...(ok ? [right] : wrong), ...untested].join(' ') };
}
