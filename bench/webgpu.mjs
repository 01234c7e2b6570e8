// @ts-check
// One training step on WebGPU: our kernels, Burn's, and jax-js, in turns in one Chromium. The shape is that of `crate/web/src/bench_gpu.rs`.
//
// `node bench/webgpu.mjs [--rounds 5] [--check] [--burn]` builds the GPU module with the feature `bench` and writes JSON.
// `--check` first holds every kernel against Burn's; `--burn` times Burn's kernels too, which takes minutes in software.

import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { launch, root } from '../tests/e2e/harness.mjs';

const here = join(root, 'bench/webgpu');
const args = process.argv.slice(2);
const rounds = Number(args.includes('--rounds') ? args[args.indexOf('--rounds') + 1] : 5);
const median = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** @param {string} program @param {string[]} rest @param {string} [cwd] */
function run(program, rest, cwd = root) {
  const { status, error } = spawnSync(program, rest, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${rest.join(' ')} failed (${error?.message ?? `exit ${status}`}): nothing was measured`);
}

/** Builds the module and fetches what it is compared with; gives the module's folder. */
function prepare() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const module = join(target, 'bench-webgpu');
  const features = ['--no-default-features', '--features', 'gpu,bench'];
  run('cargo', ['build', '-p', 'unlearn-web', '--lib', '--target', 'wasm32-unknown-unknown', '--profile', 'wasm', ...features]);
  const raw = join(target, 'wasm32-unknown-unknown/wasm/deps/unlearn_web.wasm');
  run('cargo', ['run', '--quiet', '-p', 'unlearn-bindgen', '--profile', 'tool', '--', raw, module]);
  if (!existsSync(join(here, 'node_modules'))) run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], here);
  return module;
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">
{"imports": {"@jax-js/jax": "/node_modules/@jax-js/jax/dist/index.js"}}</script>`;

/** @param {string} module */
async function serve(module) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    try {
      const file = path.startsWith('/module/') ? join(module, path.slice(8)) : join(here, path);
      const body = path === '/' ? PAGE : await readFile(file);
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
  return server;
}

/** Whether a process was started by this one, directly or not. @param {string} pid */
function isOurs(pid) {
  for (let at = pid; Number(at) > 1; ) {
    if (Number(at) === process.pid) return true;
    at = readFileSync(`/proc/${at}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] ?? '0';
  }
  return false;
}

/** Milliseconds that the browser's GPU process has computed, whatever else the machine does; null where the system does not tell. */
function gpuProcessMs() {
  let ms = 0;
  try {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
      if (!line.includes('--type=gpu-process') || !isOurs(pid)) continue;
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        ms += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
      }
    }
  } catch {
    return null;
  }
  return ms > 0 ? ms : null;
}

const CONTESTANTS = [
  { name: 'ours', file: 'ours.js', options: { own: true } },
  { name: 'jax-js', file: 'jax.js', options: { lean: false } },
  { name: 'jax-js, last block at one position', file: 'jax.js', options: { lean: true } },
  ...(args.includes('--burn') ? [{ name: "Burn's kernels", file: 'ours.js', options: { own: false } }] : []),
];

const module = prepare();
const server = await serve(module);
const browser = await launch();
try {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const open = async ({ name, file, options }) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(20 * 60_000);
    page.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
    await page.goto(`http://localhost:${port}/`);
    await page.evaluate(async ([file, options]) => void (globalThis.bench = await (await import(`/${file}`)).open(options)), [file, options]);
    return page;
  };
  /** @param {import('playwright-core').Page} page @param {string} call @param {number[]} values */
  const timed = async (page, call, ...values) => {
    const before = gpuProcessMs();
    const [ms, result] = await page.evaluate(async ([call, values]) => {
      const begin = performance.now();
      const result = await globalThis.bench[call](...values);
      return [performance.now() - begin, result];
    }, [call, values]);
    const after = gpuProcessMs();
    return { ms, cpu_ms: before === null || after === null ? null : after - before, result };
  };
  const pages = [];
  const report = { browser: browser.version(), steps: {}, products: [] };
  for (const one of CONTESTANTS) {
    console.error(`${one.name}: first step`);
    const page = await open(one);
    const first = await timed(page, 'steps', 1);
    pages.push({ ...one, page, first, all: [] });
  }
  if (args.includes('--check')) {
    console.error("every kernel beside Burn's");
    report.check = (await timed(pages[0].page, 'check')).result;
    if (!report.check.endsWith('wrong: []')) throw new Error(`a kernel differs from Burn's, so nothing was timed: ${report.check}`);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const one of pages) one.all.push(await timed(one.page, 'steps', 1));
  }
  for (const { name, first, all } of pages) {
    const gpu_process_ms = all[0].cpu_ms === null ? null : median(all.map(({ cpu_ms }) => cpu_ms));
    report.steps[name] = { first_ms: first.ms, ms: median(all.map(({ ms }) => ms)), gpu_process_ms };
  }
  for (const [n, k, m] of [[512, 512, 512], [512, 128, 384], [512, 384, 128], [512, 128, 128]]) {
    await timed(pages[0].page, 'product', n, k, m, 1);
    const times = 8;
    const all = [];
    for (let round = 0; round < rounds; round += 1) all.push(await timed(pages[0].page, 'product', n, k, m, times));
    const rate = (ms) => (2 * n * k * m * times) / ms / 1e6;
    const gflops = rate(Math.min(...all.map(({ ms }) => ms)));
    report.products.push({ n, k, m, gflops, gflops_of_a_core: all[0].cpu_ms === null ? null : rate(Math.min(...all.map(({ cpu_ms }) => cpu_ms))) });
  }
  const ours = report.steps.ours;
  for (const figures of Object.values(report.steps)) {
    figures.of_ours = figures.ms / ours.ms;
    if (figures.gpu_process_ms) figures.gpu_process_of_ours = figures.gpu_process_ms / ours.gpu_process_ms;
  }
  console.log(JSON.stringify(report, null, 2));
} finally {
  await browser.close();
  server.close();
}
