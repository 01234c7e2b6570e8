// Measures speed and size and writes the figures into README.md beside this file. `cargo xtask bench` builds everything and calls this.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { measure } from './browser.mjs';

const readme = fileURLToPath(new URL('README.md', import.meta.url));
const begin = performance.now();
const say = (text) => console.error(`[${((performance.now() - begin) / 1000).toFixed(1).padStart(7)} s] bench: ${text}`);

/** Runs a program that prints one JSON object; null, with the reason said, where it cannot. */
function ask(name, program, args) {
  if (!program) {
    say(`${name}: not measured, its program is not there`);
    return null;
  }
  say(name);
  try {
    return JSON.parse(execFileSync(program, args, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26, env: { ...process.env, RAYON_NUM_THREADS: '1' } }));
  } catch (error) {
    say(`${name}: not measured: ${error.message.split('\n')[0]}`);
    return null;
  }
}

const number = (value, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : 'not measured');
const times = (a, b) => (Number.isFinite(a) && Number.isFinite(b) ? `${(a / b).toFixed(2)} ×` : 'not measured');
const verdict = (value, goal) => (Number.isFinite(value) ? (value <= goal ? 'met' : '**missed**') : '–');
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

// Both side by side in one run: the same rows, the same lengths, one thread each.
const plot = fileURLToPath(new URL('scaling.svg', import.meta.url));
const native = ask('native step, and how it grows', process.env.UNLEARN_BIN, ['bench', '--json', '--peak', '--scaling', plot]);
const script = fileURLToPath(new URL('torch_step.py', import.meta.url));
const shape = native ? ['seq', 'forget', 'retain', 'rank'].flatMap((name) => [`--${name}`, String(native[name])]) : [];
const torch = ask('PyTorch step, one thread', process.env.UNLEARN_PYTHON, [script, '--threads', '1', ...shape]);
const n = Math.min(4, cpus().length);
const torchShared = n > 1 ? ask(`PyTorch step, ${n} threads`, process.env.UNLEARN_PYTHON, [script, '--threads', String(n), ...shape]) : null;
const page = await measure(say, n);

const shared = native?.shared?.ms;
const step = { native: native?.ms?.e2urec, tune: native?.ms?.finetune, torch: torch?.ms?.e2urec_saved, publicCode: torch?.ms?.e2urec_public, page: page.standard.step_ms };
const goals = [
  ['page usable (model loaded, CPU path)', `${number(page.usable.median_ms / 1000, 2)} s`, '2 s', verdict(page.usable.median_ms / 1000, 2)],
  ['download before first use, brotli', `${number(page.download.brotli / 1e6, 2)} MB`, '2.5 MB', verdict(page.download.brotli / 1e6, 2.5)],
  [`E2URec in Chromium, CPU path, the paper's 20 % (${page.standard.rows} rows, ${page.standard.steps} steps)`, `${number(page.standard.method_s)} s`, '60 s', verdict(page.standard.method_s, 60)],
  [`E2URec in Chromium, CPU path, one user (${page.one.rows} rows, ${page.one.steps} steps)`, `${number(page.one.method_s)} s`, '5 s', verdict(page.one.method_s, 5)],
  ['E2URec step / fine-tuning step, native', times(step.native, step.tune), '1.3 ×', verdict(step.native / step.tune, 1.3)],
  ['E2URec step, native / PyTorch with the same savings', times(step.native, step.torch), '1 ×', verdict(step.native / step.torch, 1)],
  ["E2URec step, native / PyTorch as the public code does it", times(step.native, step.publicCode), '–', '–'],
  ['E2URec step, Chromium / PyTorch with the same savings', times(step.page, step.torch), '2 ×', verdict(step.page / step.torch, 2)],
  [`E2URec step, native, ${n} threads / one`, times(shared, step.native), '0.58 ×', verdict(shared / step.native, 0.58)],
  [`E2URec step, ${n} threads each, native / PyTorch with the same savings`, times(shared, torchShared?.ms?.e2urec_saved), '0.6 ×', verdict(shared / torchShared?.ms?.e2urec_saved, 0.6)],
  [`E2URec in Chromium, the paper's 20 %, ${n} threads / one, method`, times(page.shared.standard.method_s, page.standard.method_s), '0.58 ×', verdict(page.shared.standard.method_s / page.standard.method_s, 0.58)],
  [`the same from click to report, evaluation included`, times(page.shared.standard.wall_s, page.standard.wall_s), '0.58 ×', verdict(page.shared.standard.wall_s / page.standard.wall_s, 0.58)],
  [`E2URec step, Chromium with ${n} threads / PyTorch with ${n}`, times(page.shared.standard.step_ms, torchShared?.ms?.e2urec_saved), '1 ×', verdict(page.shared.standard.step_ms / torchShared?.ms?.e2urec_saved, 1)],
];
const speeds = [
  ['native, burn-flex, E2URec', number(step.native, 2)],
  ['native, burn-flex, fine-tuning on the same rows', number(step.tune, 2)],
  ['PyTorch, E2URec with the same savings', number(step.torch, 2)],
  ['PyTorch, E2URec as the public code does it', number(step.publicCode, 2)],
  ['PyTorch, fine-tuning on the same rows', number(torch?.ms?.finetune, 2)],
  ['Chromium, CPU path, E2URec', number(step.page, 2)],
];
// What everyone reaches of a 512³ product of their own. PyTorch's step computes what ours does.
const share = (gflops, peak) => [number(gflops, 0), Number.isFinite(gflops / peak) ? `${number((100 * gflops) / peak, 0)} %` : 'not measured'];
const rates = (native?.peak ?? []).map(({ what, gflops, share: part }) => [`native, burn-flex: ${what}`, number(gflops, 0), `${number(100 * part, 0)} %`]);
const products = Object.entries(torch?.product_gflops ?? {});
const torchPeak = products[0]?.[1];
for (const [what, gflops] of products) rates.push([`PyTorch: product, ${what}`, ...share(gflops, torchPeak)]);
const computed = torch?.computed_ms?.e2urec_saved;
rates.push(['PyTorch: E2URec step with the same savings', ...share(native?.gflop_per_step / computed * 1e3, torchPeak)]);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}; Chromium ${page.browser}, Node ${process.version}, PyTorch ${torch?.torch ?? 'not there'}`;

const figures = `Measured ${new Date().toISOString().slice(0, 10)} on: ${machine}.

${table(['what', 'measured', 'goal', ''], goals)}

Milliseconds a step, median, one thread:

${table(['who', 'ms'], speeds)}

GFLOP/s, and the share of what a product of 512 × 512 matrices reaches (one thread, float32; a step's operations are those of its products with weights and adapters and of its attention; time that other work takes from the processor is not counted):

${table(['what', 'GFLOP/s', 'share'], rates)}

Milliseconds of a native E2URec step as one thing grows tenfold and the others stay as shipped (10,000 forget rows, 10 items of history, width 64), drawn in [scaling.svg](scaling.svg):

${table(['what', ...[1, 2, 3, 4, 5].map(String)], (native?.scaling ?? []).map(({ what, points }) => [what, ...points.map(({ size, ms }) => `${size}: ${number(ms)} ms`)]))}

![A step's cost against forget set, history and width](scaling.svg)

In Chromium the standard run closed ${number(100 * page.standard.gap_closed)} % of the gap in forget AUC and moved test AUC by ${number(page.standard.test_auc_change, 4)}; from click to
report it took ${number(page.standard.wall_s)} s, evaluation included (one user: ${number(page.one.wall_s)} s); on ${n} threads ${number(page.shared.standard.wall_s)} s (one user: ${number(page.shared.one.wall_s)} s, with the start of the other engines).

What is fetched before first use:

${table(['file', 'bytes', 'brotli'], page.download.files.map((file) => [`\`${file.path}\``, file.bytes, file.brotli]))}`;

const [open, close] = ['<!-- figures: written by `cargo xtask bench` -->', '<!-- end of figures -->'];
const text = readFileSync(readme, 'utf8');
const [head, tail] = [text.indexOf(open), text.indexOf(close)];
if (head < 0 || tail < head) throw new Error(`${readme} lacks the two comment lines between which the figures go`);
writeFileSync(readme, `${text.slice(0, head + open.length)}\n${figures}\n${text.slice(tail)}`);
console.log(JSON.stringify({ native, torch, page }, null, 2));
say('figures are in bench/README.md');
