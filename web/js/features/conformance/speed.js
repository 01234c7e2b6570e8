// @ts-check
// How fast an engine multiplies matrices.

import { t } from '../../ui/words.js';

/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').Kind} Kind */
/** @typedef {import('./engines.js').Running} Running */

/** Products are timed over so long; what takes longer than the second each is left out. */
const LONG_ENOUGH_MS = 150;
const MOST_MS = 1000;

/** Times products, larger ones as long as they take a second. @param {ConformanceReport} report @param {Kind} kind @param {Running | undefined} engine @param {(now: string) => void} next */
export async function measure(report, kind, engine, next) {
  if (!engine) return;
  const timed = async (/** @type {number} */ n, /** @type {number} */ times) => {
    const begin = performance.now();
    await engine.send({ type: 'product', n, times }, 'done');
    return performance.now() - begin;
  };
  for (let n = 64; n <= 1024; n *= 2) {
    next(t('Products of {n} × {n} on the {kind}', { n, kind: kind === 'cpu' ? 'CPU' : 'GPU' }));
    // The first one compiles. What a message to and fro takes, a tenth of a second in some browsers, is in one product's time as in many's.
    await timed(n, 1);
    const one = Math.min(await timed(n, 1), await timed(n, 1));
    let more = 1;
    let ms = (await timed(n, 1 + more)) - one;
    while (ms < LONG_ENOUGH_MS && more < 4096) {
      more = Math.ceil(more * Math.min(16, Math.max(2, LONG_ENOUGH_MS / Math.max(ms, 1))));
      ms = (await timed(n, 1 + more)) - one;
    }
    const best = Math.max(ms, 1) / more;
    report.speed.push({ kind, n, gflops: (2 * n ** 3) / best / 1e6 });
    if (best * 8 > MOST_MS) return;
  }
}
