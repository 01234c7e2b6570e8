// @ts-check
// What a page is put through while its memory is watched: one long run, many runs, many that are cancelled, on either device. Everything goes through the
// page's own script interface, so charts, tables and lists are drawn as for a person.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tests/e2e/harness.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./watch.mjs').Sample & {at: number}} Point */
/** @typedef {{sample: () => Promise<import('./watch.mjs').Sample>}} Watcher */
/** @typedef {{forget: {users: number[]}, device: 'cpu' | 'webgpu', [key: string]: unknown}} Options what `unlearnLab.run` takes */

/** Phases in which a run is cancelled, in turn; before the first: as soon as it was asked for. */
const PHASES = ['before', 'augment', 'teachers', 'student', 'after'];
export const CANCELS_A_ROUND = PHASES.length + 1;

/**
 * One run that stands still every so many steps to be measured. `at` is its step.
 * @param {Page} page @param {Watcher} watcher @param {Options} options @param {{steps: number, every: number}} plan
 */
export async function longRun(page, watcher, options, { steps, every }) {
  const first = page.evaluate(
    ([options, steps, every]) => {
      const api = globalThis.unlearnLab;
      let due = every;
      let tell;
      const turn = () => new Promise((resolve) => (tell = resolve));
      const onEvent = (event) => {
        if (event.type === 'losses' && event.steps.at(-1).step >= due) {
          due += every;
          api.pause();
        } else if (event.type === 'paused' && event.paused) tell({ step: event.step, done: false });
      };
      const begun = turn();
      api.run({ ...options, steps, onEvent }).then((report) => tell({ step: report.methods.at(-1).steps, done: true }), (error) => tell({ error: error.message }));
      globalThis.soak = () => {
        const next = turn();
        api.resume();
        return next;
      };
      return begun;
    },
    /** @type {any} */ ([options, steps, every]),
  );
  /** @type {Point[]} */
  const points = [];
  for (let stop = await first; ; stop = await page.evaluate(() => globalThis.soak())) {
    if (stop.error) throw new Error(`the long run failed: ${stop.error}`);
    if (stop.done) {
      if (stop.step !== steps) throw new Error(`the long run had ${stop.step} steps, ${steps} were asked for`);
      return points;
    }
    points.push({ at: stop.step, ...(await watcher.sample()) });
  }
}

/**
 * Until the lists that the page asks for after a run are there and drawn: an engine answers in the order in which it is asked.
 * @param {Page} page @param {Options} options
 */
const settle = (page, options) =>
  page.evaluate(async (user) => {
    await globalThis.unlearnLab.user(user);
    for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }, options.forget.users[0]);

/**
 * The same run again and again, measured after each. `at` is the number of runs so far.
 * @param {Page} page @param {Watcher} watcher @param {Options} options @param {{runs: number, steps: number}} plan
 */
export async function manyRuns(page, watcher, options, { runs, steps }) {
  /** @type {Point[]} */
  const points = [];
  for (let at = 1; at <= runs; at += 1) {
    const done = await page.evaluate((options) => globalThis.unlearnLab.run(options).then(({ methods }) => methods.at(-1).steps), /** @type {any} */ ({ ...options, steps }));
    await settle(page, options);
    if (done !== steps) throw new Error(`run ${at} had ${done} steps, ${steps} were asked for`);
    points.push({ at, ...(await watcher.sample()) });
  }
  return points;
}

/**
 * Runs that are begun and cancelled, each in another phase than the one before, measured after every round through all phases, since what the page shows differs with the
 * phase. `at` is the number of cancelled runs so far.
 * @param {Page} page @param {Watcher} watcher @param {Options} options @param {number} rounds of `CANCELS_A_ROUND`
 */
export async function manyCancels(page, watcher, options, rounds) {
  /** @type {Point[]} */
  const points = [];
  for (let at = 1; at <= rounds * CANCELS_A_ROUND; at += 1) {
    const code = await page.evaluate(
      ([options, phases, want]) => {
        const api = globalThis.unlearnLab;
        const onEvent = (event) => event.type === 'progress' && want >= 0 && phases.indexOf(event.phase) >= want && api.cancel();
        const run = api.run({ ...options, onEvent }).then(() => 'none', (error) => error.code);
        if (want < 0) api.cancel();
        return run;
      },
      /** @type {any} */ ([options, PHASES, (at % CANCELS_A_ROUND) - 1]),
    );
    if (code !== 'cancelled') throw new Error(`start and cancel, number ${at}: the run ended with \`${code}\` where \`cancelled\` was due`);
    if (at % CANCELS_A_ROUND > 0) continue;
    await settle(page, options);
    points.push({ at, ...(await watcher.sample()) });
  }
  return points;
}

/**
 * Some people of the shipped data with thirty ratings each. A dozen are so few rows that a GPU computed in software gets through its figures; a processor needs more of
 * them, or a run is over before it hears that it is cancelled in its last phase.
 * @param {number} [n]
 * @returns {Record<string, string>} text by file name
 */
export function fewPeople(n = 12) {
  const folder = join(root, 'public/data/ml-latest-small');
  const lines = (/** @type {string} */ name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  const [head, ...rows] = lines('ratings.csv');
  /** @type {Record<string, number>} */
  const seen = {};
  const some = rows.filter((row) => {
    const [user] = row.split(',', 1);
    seen[user] = (seen[user] ?? 0) + 1;
    return Number(user) <= n && seen[user] <= 30;
  });
  const films = new Set(some.map((row) => row.split(',')[1]));
  const [titles, ...movies] = lines('movies.csv');
  const kept = movies.filter((row) => films.has(row.split(',', 1)[0]));
  return { 'ratings.csv': [head, ...some, ''].join('\n'), 'movies.csv': [titles, ...kept, ''].join('\n') };
}

/**
 * Trains a model on these files on a device; gives somebody to forget.
 * @param {Page} page @param {Record<string, string>} texts @param {'cpu' | 'webgpu'} device
 * @returns {Promise<number>}
 */
export const trainOn = (page, texts, device) =>
  page.evaluate(
    async ([texts, device]) => {
      const files = Object.entries(texts).map(([name, text]) => ({ name, bytes: new TextEncoder().encode(text) }));
      return (await globalThis.unlearnLab.train({ files, device })).users[0].user;
    },
    /** @type {any} */ ([texts, device]),
  );
