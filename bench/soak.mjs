// @ts-check
// Puts the page through thousands of steps and many cancelled runs, and writes whether anything stays behind to soak.md beside this file.
// `cargo xtask soak` builds the page and calls this. `--quick`: a short form, which writes nothing. Ends with status 1 if anything grows.

import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, open, results, start } from '../tests/e2e/harness.mjs';
import { judge } from './soak/line.mjs';
import { BOUNDS, FULL, QUICK } from './soak/plan.mjs';
import { drawing, markdown } from './soak/report.mjs';
import { CANCELS_A_ROUND, fewPeople, longRun, manyCancels, manyRuns, trainOn } from './soak/scenario.mjs';
import { INTERPRETED, watch } from './soak/watch.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./soak/scenario.mjs').Watcher} Watcher */
/** @typedef {import('./soak/scenario.mjs').Options} Options */

const quick = process.argv.includes('--quick');
const plan = quick ? QUICK : FULL;
const [cancels, gpuCancels] = [plan.cancelRounds, plan.gpuCancelRounds].map((rounds) => rounds * CANCELS_A_ROUND);
const begin = performance.now();
const say = (/** @type {string} */ text) => console.error(`[${((performance.now() - begin) / 1000).toFixed(1).padStart(7)} s] soak: ${text}`);
/** One person, small batches, and no early stop, so that the steps are those that were asked for. */
const options = (/** @type {number} */ user, /** @type {'cpu' | 'webgpu'} */ device) => ({ method: 'e2urec', forget: { users: [user] }, params: { stop: 0, batch: 8, augment_batch: 16 }, device });

/** @type {import('./soak/report.mjs').Series[]} */
const all = [];
/** @param {string} name @param {'step' | 'run' | 'gpu'} kind @param {(() => Promise<import('./soak/scenario.mjs').Point[]>)} measure */
async function series(name, kind, measure) {
  say(name);
  const points = await measure();
  const verdicts = Object.entries(BOUNDS[kind]).map(([key, bound]) => judge(points, key, bound));
  for (const { key, first, last, slope, half, bound, judgement } of verdicts) say(`  ${key}: ${first} to ${last}, ${slope.toPrecision(3)} ± ${half.toPrecision(3)}, bound ${bound}: ${judgement}`);
  // What is drawn, for a closer look.
  writeFileSync(join(results, 'soak.json'), JSON.stringify([...all.map(({ name, points }) => ({ name, points })), { name, points }]));
  all.push({ name, unit: kind === 'step' ? 'step' : 'run', points, verdicts });
}

/** A page of its own. @param {Awaited<ReturnType<typeof start>>} lab @param {(page: import('playwright-core').Page, watcher: Awaited<ReturnType<typeof watch>>) => Promise<void>} what */
async function within(lab, what) {
  const { page, context, errors } = await open(lab);
  page.setDefaultTimeout(30 * 60_000);
  await load(lab, page);
  await what(page, await watch(page));
  if (errors.length > 0) throw new Error(`errors on the page's console: ${errors.slice(0, 3).join('; ')}`);
  await context.close();
}

/** What grows once, at first: compiled code, the first run's charts, room for the largest batch. @type {(...all: [Page, Watcher, Options]) => Promise<void>} */
const warm = async (...[page, watcher, what]) => void (await manyRuns(page, watcher, what, { runs: 3, steps: 20 }));

// A busy machine computes for longer in software than the browser lets a GPU be silent, and a GPU process that it ends is not what is measured here.
const lab = await start({ flags: [INTERPRETED, '--disable-gpu-watchdog'] });
try {
  await within(lab, async (page, watcher) => {
    const gpu = options(await trainOn(page, fewPeople(), 'webgpu'), 'webgpu');
    await warm(page, watcher, gpu);
    await series(`GPU, ${plan.gpuRuns.runs} runs of ${plan.gpuRuns.steps} steps`, 'gpu', () => manyRuns(page, watcher, gpu, plan.gpuRuns));
    await series(`GPU, ${gpuCancels} runs that are cancelled`, 'gpu', () => manyCancels(page, watcher, gpu, plan.gpuCancelRounds));
  });
  await within(lab, async (page, watcher) => {
    const cpu = options(42, 'cpu');
    await warm(page, watcher, cpu);
    await series(`CPU, one run of ${plan.long.steps} steps`, 'step', () => longRun(page, watcher, cpu, plan.long));
    await series(`CPU, ${plan.runs.runs} runs of ${plan.runs.steps} steps`, 'run', () => manyRuns(page, watcher, cpu, plan.runs));
    await series(`CPU, ${cancels} runs that are cancelled`, 'run', () => manyCancels(page, watcher, cpu, plan.cancelRounds));
  });
} finally {
  const version = lab.browser.version();
  await lab.close();
  if (!quick && all.length > 0) {
    const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}; Chromium ${version}`;
    const [cpuSteps, gpuSteps] = [plan.long.steps + plan.runs.runs * plan.runs.steps, plan.gpuRuns.runs * plan.gpuRuns.steps];
    const done = `${cpuSteps} training steps and ${cancels} cancelled runs on the CPU, and, with a model of a dozen people, ${gpuSteps} steps and ${gpuCancels} cancelled runs on the GPU`;
    const sorted = all.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
    const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
    writeFileSync(here('soak.md'), markdown(sorted, { machine, date: new Date().toISOString().slice(0, 10), done }));
    writeFileSync(here('soak.svg'), drawing(sorted));
    say('figures are in bench/soak.md');
  }
}
const grown = all.flatMap(({ name, verdicts }) => verdicts.filter(({ judgement }) => judgement === 'grows').map(({ key }) => `${name}: ${key}`));
for (const one of grown) say(`grows: ${one}`);
process.exitCode = grown.length > 0 ? 1 : 0;
