// @ts-check
// Times the engine's CPU module beside other libraries in Chromium, WebAssembly and one thread each, in turns; prints one JSON object.
//
//   node bench/peers/run.mjs step [ROUNDS]             a training step beside jax-js and TensorFlow.js
//   node bench/peers/run.mjs score PROMPTS [ROUNDS]    prompts beside transformers.js; PROMPTS is the first line of the example `score`
//
// How to build and install what it needs is in bench/README.md.

import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserPath, chromium, root } from '../../tests/e2e/harness.mjs';

const here = dirname(fileURLToPath(import.meta.url));
/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const say = (/** @type {string} */ text) => console.error(`peers: ${text}`);
const median = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** This folder, and models/ of the repository. Without the headers of cross-origin isolation there is no shared memory: everyone has one thread. */
function serve() {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = path.startsWith('/models/') ? join(root, path) : join(here, path === '/' ? 'index.html' : path);
    try {
      const { size } = statSync(file);
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': size });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => resolve({ server, url: `http://localhost:${/** @type {any} */ (server.address()).port}/` }));
  });
}

/**
 * A page for each entry, so that none shares another's memory or compiled code.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {Record<string, string>} makers JavaScript that gives what is timed: a function of the argument of `turn`
 */
async function open(browser, url, makers) {
  /** @type {Record<string, import('playwright-core').Page>} */
  const pages = {};
  for (const [name, maker] of Object.entries(makers)) {
    const page = await browser.newPage();
    page.setDefaultTimeout(600_000);
    page.on('pageerror', (error) => say(`${name}: ${error}`));
    await page.goto(url);
    say(`${name}: loading`);
    await page.evaluate(`(async () => { globalThis.work = await (${maker})(); })()`);
    pages[name] = page;
  }
  return pages;
}

/** Milliseconds that all pages' processes have computed since they began, in steps of ten; what else the machine does is not in it. */
async function computed(/** @type {import('playwright-core').Browser} */ browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce((sum, { type, cpuTime }) => sum + (type === 'renderer' ? cpuTime * 1000 : 0), 0);
}

/** Does the work with each argument in turn: results, milliseconds by the page's clock, and those that the page's process has computed. */
async function turn(/** @type {import('playwright-core').Page} */ page, /** @type {any[]} */ ...all) {
  const browser = /** @type {import('playwright-core').Browser} */ (page.context().browser());
  const before = await computed(browser);
  const { ms, results } = await page.evaluate(async (given) => {
    const results = [];
    const begin = performance.now();
    for (const argument of given) results.push(await /** @type {any} */ (globalThis).work(argument));
    return { ms: performance.now() - begin, results };
  }, all);
  return { ms, cpu: (await computed(browser)) - before, results };
}

/** @typedef {{ ms: number, cpu: number }} Time */

/** Medians over rounds, per unit of work, and how many times longer each takes than ours, by round. */
function summary(/** @type {Record<string, Time[]>} */ taken, /** @type {number} */ units) {
  const per = (/** @type {Time[]} */ times, /** @type {keyof Time} */ key) => times.map((time) => time[key] / units);
  const entries = Object.entries(taken).map(([name, times]) => {
    const over = times.map((time, at) => time.cpu / taken.ours[at].cpu);
    return [name, { cpu_ms: median(per(times, 'cpu')), wall_ms: median(per(times, 'ms')), over_ours: median(over), over_ours_by_round: over }];
  });
  return Object.fromEntries(entries);
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {number} rounds
 */
async function step(browser, url, rounds) {
  const STEPS = 20;
  /** @type {Record<string, any>} */
  const all = {};
  for (const whole of [false, true]) {
    const make = (/** @type {string} */ file) => `async () => (await import('./${file}.mjs')).make(${whole})`;
    const pages = await open(browser, url, { ours: make('ours'), jax: make('jax'), tensorflow: make('tf') });
    /** @type {Record<string, number[]>} */
    const losses = {};
    /** @type {Record<string, Time[]>} */
    const taken = {};
    // The first step compiles; the first thirty warm up, and their losses show that everyone computes the same.
    for (const [name, page] of Object.entries(pages)) losses[name] = (await turn(page, 1, 9, 20)).results;
    const off = Math.max(...Object.values(losses).flatMap((values) => values.map((value, at) => Math.abs(value / losses.ours[at] - 1))));
    if (!(off < 1e-3)) throw new Error(`void: the libraries do not compute the same step, losses are ${JSON.stringify(losses)}`);
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, page] of Object.entries(pages)) (taken[name] ??= []).push(await turn(page, STEPS));
      say(`round ${round + 1} of ${rounds}`);
    }
    all[whole ? 'whole' : 'answer_only'] = { ...summary(taken, STEPS), losses, largest_relative_difference: off };
    for (const page of Object.values(pages)) await page.close();
  }
  return all;
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {string} file
 * @param {number} rounds
 */
async function score(browser, url, file, rounds) {
  const { prompts, logits, flops } = JSON.parse(readFileSync(file, 'utf8').split('\n')[0]);
  const ids = JSON.stringify([...new Set(prompts.flat())]);
  const pages = await open(browser, url, {
    ours: `async () => (await import('./ours.mjs')).scorer('./models/smollm2-135m-instruct', ${ids})`,
    transformers_fp32: `async () => (await import('./transformers.mjs')).transformers('fp32')`,
    transformers_q4: `async () => (await import('./transformers.mjs')).transformers('q4')`,
    onnxruntime_fp32: `async () => (await import('./transformers.mjs')).onnxruntime('model.onnx')`,
  });
  /** @type {Record<string, number>} */
  const off = {};
  for (const [name, page] of Object.entries(pages)) {
    const { results } = await turn(page, ...prompts);
    const difference = (/** @type {number[]} */ found, /** @type {number} */ at) => found.map((value, k) => Math.abs(value - logits[at][k]));
    off[name] = Math.max(...results.flatMap(difference));
    if (!(off[name] < 0.02)) throw new Error(`void: ${name} gives other logits than the native engine, they are off by ${off[name]}`);
    say(`${name}: logits within ${off[name]}`);
  }
  const [short, long] = [prompts.slice(0, -1), prompts.slice(-1)];
  /** @type {Record<'short' | 'long', Record<string, Time[]>>} */
  const taken = { short: {}, long: {} };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, page] of Object.entries(pages)) {
      (taken.short[name] ??= []).push(await turn(page, ...short));
      (taken.long[name] ??= []).push(await turn(page, ...long));
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
  const lengths = prompts.map((/** @type {number[]} */ prompt) => prompt.length);
  const described = (/** @type {Record<string, Time[]>} */ times, /** @type {number} */ n, /** @type {number} */ tokens, /** @type {number} */ work) => {
    const figures = summary(times, n);
    for (const entry of Object.values(figures)) {
      Object.assign(entry, { tokens_per_s: (tokens / n / entry.cpu_ms) * 1e3, gflops: work / n / entry.cpu_ms / 1e6 });
    }
    return figures;
  };
  return {
    largest_difference: off,
    lengths,
    short: described(taken.short, short.length, sum(lengths.slice(0, -1)), sum(flops.slice(0, -1))),
    long: described(taken.long, 1, lengths.at(-1), flops.at(-1)),
  };
}

const [what, ...rest] = process.argv.slice(2);
const { server, url } = await serve();
const args = ['--no-sandbox', '--disable-background-timer-throttling', '--disable-renderer-backgrounding'];
const browser = await chromium.launch({ executablePath: browserPath(), args });
try {
  const figures = what === 'score' ? await score(browser, url, rest[0], Number(rest[1] ?? 3)) : await step(browser, url, Number(rest[0] ?? 9));
  console.log(JSON.stringify({ browser: browser.version(), [what ?? 'step']: figures }, null, 1));
} finally {
  await browser.close();
  server.close();
}
