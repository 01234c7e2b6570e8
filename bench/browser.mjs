// What the page costs in Chromium: time until usable, bytes before first use, time of a run and of a step. Used by run.mjs.

import { brotliCompressSync, constants } from 'node:zlib';
import { load, open, start } from '../tests/e2e/harness.mjs';

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const brotli = (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }).length;

/** Milliseconds from navigation to a loaded model, each time with an empty cache. */
async function usable(lab, times) {
  const all = [];
  for (let time = 0; time < times; time += 1) {
    const { page, context } = await open(lab);
    all.push(await load(lab, page));
    await context.close();
  }
  return { median_ms: median(all), all_ms: all };
}

/** What is fetched before the page can be used, in bytes as they are and as brotli at its best. */
async function download(lab) {
  const { page, context } = await open(lab);
  const responses = [];
  context.on('response', (response) => responses.push(response));
  await load(lab, page);
  const files = [];
  // A worker's beginning is made in the page, and not fetched.
  for (const response of responses.filter((one) => !one.url().startsWith('blob:'))) {
    const body = await response.body();
    files.push({ path: new URL(response.url()).pathname, bytes: body.length, brotli: brotli(body) });
  }
  await context.close();
  const sum = (key) => files.reduce((total, file) => total + file[key], 0);
  return { files: files.toSorted((a, b) => b.brotli - a.brotli), bytes: sum('bytes'), brotli: sum('brotli') };
}

/** One run of E2URec on the CPU path on so many threads, and the median time of its student's later steps, which have forget and retain rows. */
async function run(lab, what, threads) {
  const { page, context } = await open(lab);
  page.setDefaultTimeout(20 * 60_000);
  await load(lab, page);
  const measured = await page.evaluate(async ([name, threads]) => {
    const api = globalThis.unlearnLab;
    const { users } = await api.ready;
    await api.setThreads(threads);
    const typical = users.toSorted((a, b) => a.n_train - b.n_train)[Math.floor(users.length / 2)];
    const forget = name === 'standard' ? { standard: true } : { users: [typical.user] };
    const marks = [];
    const onEvent = (event) => event.type === 'progress' && event.phase === 'student' && event.done > event.total / 2 && marks.push([event.done, event.elapsed_ms]);
    const begin = performance.now();
    const report = await api.run({ method: 'e2urec', forget, device: 'cpu', seed: 1, onEvent });
    return { report, marks, wall_s: (performance.now() - begin) / 1000 };
  }, [what, threads]);
  await context.close();
  const { report, marks, wall_s } = measured;
  const steps = [];
  for (let at = 1; at < marks.length; at += 1) {
    const [done, ms] = [marks[at][0] - marks[at - 1][0], marks[at][1] - marks[at - 1][1]];
    if (done > 0) steps.push(ms / done);
  }
  const row = report.methods.find((method) => method.id === 'e2urec');
  return {
    wall_s,
    method_s: row.seconds,
    steps: row.steps,
    step_ms: steps.length > 0 ? median(steps) : null,
    rows: report.sizes.forget,
    gap_closed: report.gap_closed ?? null,
    test_auc_change: row.test.auc - report.methods.find((method) => method.id === 'original').test.auc,
  };
}

/** All of it, and the browser's name; what is shared, on `threads` threads. */
export async function measure(say, threads) {
  const lab = await start();
  try {
    say('page: time until usable');
    const time = await usable(lab, 5);
    say('page: bytes before first use');
    const size = await download(lab);
    say('page: E2URec, one user');
    const one = await run(lab, 'user', 1);
    say('page: E2URec, the standard set');
    const standard = await run(lab, 'standard', 1);
    say(`page: both on ${threads} threads`);
    const shared = { one: await run(lab, 'user', threads), standard: await run(lab, 'standard', threads) };
    return { browser: lab.browser.version(), usable: time, download: size, one, standard, shared };
  } finally {
    await lab.close();
  }
}
