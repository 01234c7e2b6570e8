// The shipped model forgets the paper's 20 % in the browser's CPU engine, to the end, and the report's figures hold.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, selfTest, start } from './harness.mjs';

/** Seconds on two busy cores of a CI machine; `cargo xtask bench` measures the real time against the goal of 60. */
const MOST_SECONDS = 240;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const row = (report, id) => {
  const found = report.methods.find((method) => method.id === id);
  assert.ok(found, `the report has no row \`${id}\``);
  return found;
};

test('the CPU engine passes its self-test', async () => {
  const { page } = await open(lab);
  await load(lab, page);
  const { checks, kind } = await selfTest(page, 'cpu');
  assert.equal(kind, 'cpu');
  assert.ok(checks.length > 0, 'a self-test without checks proves nothing');
  for (const check of checks) assert.ok(check.ok && check.difference <= check.bound, `${check.name}: ${check.difference} > ${check.bound}`);
});

test('E2URec forgets the standard set on the CPU path, mean of three seeds', { timeout: 20 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  page.setDefaultTimeout(20 * 60_000);
  const ms = await load(lab, page);
  assert.ok(ms < 15_000, `the page took ${ms.toFixed(0)} ms until it was usable`);
  const { sets } = await page.evaluate(() => fetch('./assets.json').then((response) => response.json()));
  assert.match(sets[0].crossfit.url, /crossfit\.safetensors$/);
  assert.ok(sets.every(({ model }) => model.files.every(({ name }) => !/^(retrain|crossfit)\./.test(name))), 'the first load does without what comes later');

  const { reports, counts } = await page.evaluate(async () => {
    const counts = {};
    const onEvent = (event) => (counts[event.type] = (counts[event.type] ?? 0) + 1);
    const reports = [];
    for (const seed of [1, 2, 3]) {
      reports.push(await globalThis.unlearnLab.run({ method: 'e2urec', forget: { standard: true }, device: 'cpu', seed, onEvent }));
    }
    return { reports, counts };
  });
  writeFileSync(join(results, 'reports-cpu.json'), JSON.stringify(reports, null, 2));
  const mean = (figure) => reports.map(figure).reduce((sum, value) => sum + value, 0) / reports.length;
  const [report] = reports;

  const original = row(report, 'original');
  const retrain = row(report, 'retrain');
  const forgot = row(report, 'e2urec');
  const gap = (original.forget.auc - forgot.forget.auc) / (original.forget.auc - retrain.forget.auc);
  assert.ok(original.test.auc >= 0.825, `Original's test AUC is ${original.test.auc}`);
  assert.ok(original.forget.auc - retrain.forget.auc >= 0.06, `forget AUC: Original ${original.forget.auc}, Retrain ${retrain.forget.auc}`);
  const closed = mean((r) => r.gap_closed);
  assert.ok(closed >= 0.8, `only ${(100 * closed).toFixed(1)} % of the gap in forget AUC is closed`);
  assert.ok(Math.abs(report.gap_closed - gap) < 1e-6, `gap_closed says ${report.gap_closed}, the rows say ${gap}`);
  const lost = Math.abs(mean((r) => row(r, 'e2urec').test.auc) - original.test.auc);
  assert.ok(lost <= 0.01, `test AUC moved by ${lost.toFixed(4)}`);
  for (const [what, of] of /** @type {[string, (figures: any) => any][]} */ ([['the full vocabulary', (m) => m.forget], ['{Yes, No}', (m) => m.forget.yes_no]])) {
    for (const name of ['jsd', 'sym_kl', 'l2']) {
      const [near, far] = [mean((r) => of(row(r, 'e2urec'))[name]), of(original)[name]];
      assert.ok(near > 0 && near < far, `${name} over ${what} from Retrain: ${near}, Original's is ${far}`);
    }
  }
  // What is expected comes from models that never saw the people, not from the Retrain that judges, and so is near it but not the same.
  const { expected, calibration, proxy } = report;
  assert.equal(report.expected_missing ?? null, null);
  const [far, apart] = [Math.abs(expected.logloss - retrain.forget.logloss), Math.abs(expected.auc - retrain.forget.auc)];
  assert.ok(far > 0 && far < 0.03 && apart > 0 && apart < 0.02, `expected ${JSON.stringify(expected)}, Retrain ${JSON.stringify(retrain.forget)}`);
  assert.ok(expected.error > 0 && expected.error < 0.05, `the expectation's error is ${expected.error}`);
  assert.ok(Math.abs(proxy.expected - expected.logloss) < 0.01, `proxy.expected is ${proxy.expected}`);
  assert.equal(calibration.matched, 'auc', 'many rows are matched by their AUC');
  assert.ok(report.floor.jsd > 0, 'no floor from a second Retrain');
  assert.equal(report.dataset, 'ml-latest-small');
  assert.match(report.device, /cpu/i);
  assert.ok(forgot.steps > 0 && forgot.trainable_params > 0, 'steps and trainable parameters are counted');
  assert.ok(forgot.seconds > 0 && forgot.seconds < MOST_SECONDS, `the run took ${forgot.seconds} s`);
  assert.ok(counts.progress > 5 && counts.losses > 0, `events: ${JSON.stringify(counts)}`);
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign, [], 'requests to other origins');
});

test('one user is forgotten, the same with the same seed, and the adapter is handed out', { timeout: 4 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  page.setDefaultTimeout(4 * 60_000);
  await load(lab, page);
  const { first, second, names, before, after, selected, genre } = await page.evaluate(async () => {
    const api = globalThis.unlearnLab;
    const { users } = await api.ready;
    const { user } = users.toSorted((a, b) => b.n_train - a.n_train)[0];
    const options = { method: 'e2urec', forget: { users: [user] }, device: 'cpu', seed: 3, steps: 20 };
    const first = await api.run(options);
    const files = await api.adapter();
    const { before, after } = await api.recommend({ user, k: 10 });
    await api.reset();
    const second = await api.run(options);
    const [selected, genre] = [await api.select(options), await api.select({ ...options, forget: { genre: 'Horror' } })];
    return { first, second, names: files.map((file) => file.name), before, after, selected, genre };
  });
  assert.deepEqual(selected.expected, first.expected, 'what is expected is known before the run');
  assert.deepEqual([genre.expected, /for an item or a genre/.test(genre.expected_missing)], [null, true]);
  const matched = first.sizes.forget >= 1000 ? 'auc' : 'loss';
  assert.equal(first.calibration.matched, matched, 'few rows are matched by their loss, many by their AUC');
  const figure = matched === 'auc' ? 'auc' : 'logloss';
  const off = Math.abs(row(first, 'e2urec').forget[figure] - first.expected[figure]);
  assert.ok(first.calibration.alpha > 0 && first.calibration.scale > 0 && (off < 0.01 || first.calibration.scale === 2), `${off} off what is expected, adapter × ${first.calibration.scale}`);
  assert.ok(row(first, 'e2urec').forget.logloss > row(first, 'original').forget.logloss, 'what was forgotten is known less well');
  assert.equal(first.gap_closed ?? null, null, 'there is no Retrain for a free choice');
  assert.match(first.adapter_sha256, /^[0-9a-f]{64}$/);
  assert.equal(second.adapter_sha256, first.adapter_sha256, 'the same seed gives the same adapter');
  assert.deepEqual(names.toSorted(), ['adapter_config.json', 'adapter_model.safetensors']);
  assert.equal(before.length, 10);
  assert.equal(after.length, 10);
  assert.deepEqual(errors, []);
});

test('a run can be cancelled, and a wrong request is refused with a reason', { timeout: 2 * 60_000 }, async () => {
  const { page } = await open(lab);
  await load(lab, page);
  const outcome = await page.evaluate(async () => {
    const api = globalThis.unlearnLab;
    const codeOf = (promise) => promise.then(() => 'none', (error) => ({ code: error.code, message: error.message }));
    let told = 0;
    const run = codeOf(api.run({ forget: { standard: true }, device: 'cpu', onEvent: () => (told += 1) === 3 && api.cancel() }));
    const busy = codeOf(api.run({ forget: { standard: true }, device: 'cpu' }));
    const outcome = { busy: await busy, cancelled: await run };
    // Before an engine has heard of it, and while it waits behind a list.
    const early = codeOf(api.run({ forget: { standard: true }, device: 'cpu' }));
    api.cancel();
    outcome.early = await early;
    const list = api.recommend({ user: 1 });
    const queued = codeOf(api.run({ forget: { standard: true }, device: 'cpu' }));
    await new Promise((resolve) => setTimeout(resolve));
    api.cancel();
    return { ...outcome, queued: await queued, listed: (await list).before.length, unknown: await codeOf(api.run({ method: 'nonesuch', forget: { standard: true }, device: 'cpu' })) };
  });
  assert.equal(outcome.busy.code, 'busy');
  assert.equal(outcome.cancelled.code, 'cancelled');
  assert.equal(outcome.early.code, 'cancelled', 'cancelled before an engine had it');
  assert.equal(outcome.queued.code, 'cancelled', 'cancelled while it waited');
  assert.equal(outcome.listed, 10, 'the list before it is made to its end');
  assert.match(outcome.unknown.message, /nonesuch/);
});
