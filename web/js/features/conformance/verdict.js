// @ts-check
// What a report comes to, in words. Pure.

import { listed } from '../../ui/format.js';
import { said, t } from '../../ui/words.js';

/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').Kind} Kind */

const NAMES = { cpu: 'CPU', gpu: 'GPU' };

export { listed };

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
    if (engines[kind].state === 'failed') wrong.push(t('The {NAMES} engine failed: {reason}.', { NAMES: NAMES[kind], reason: said(engines[kind].reason) }));
    const titles = cases.filter((one) => one[kind]?.ok === false).map(({ title }) => title);
    if (titles.length > 0) wrong.push(t('Wrong on the {NAMES}: {titles}.', { NAMES: NAMES[kind], titles: listed(titles.map(said)) }));
  }
  const failed = trials.filter(({ ok }) => !ok).map(({ title }) => title);
  if (failed.length > 0) wrong.push(t('Not passed: {failed}.', { failed: listed(failed.map(said)) }));

  const scope = adapter[query.worker ? 'worker' : 'page'];
  const on = listed(tested.map((kind) => (kind === 'gpu' && scope.found ? t('the GPU ({name}{more})', { name: scope.name, more: scope.software ? t(', in software') : '' }) : t('the {NAMES}', { NAMES: NAMES[kind] }))));
  const what = cases.length === 1 ? t('The operation is') : cases.length === 2 ? t('Both operations are') : t('All {length} operations are', { length: cases.length });
  const right = cases.length === 0 ? t('Everything that was asked for passed.') : t('{what} right on {on}.', { what, on });
  const untested = engines.gpu.state === 'absent' ? [t('The GPU was not tested: {reason}.', { reason: said(engines.gpu.reason) })] : [];
  const ok = wrong.length === 0;
  return { ok, says: [...(ok ? [right] : wrong), ...untested].join(' ') };
}
