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
  for (const [what, of] of [['the full vocabulary', (m) => m.forget], ['{Yes, No}', (m) => m.forget.yes_no]]) {
    for (const name of ['jsd', 'sym_kl', 'l2']) {
      const [near, far] = [mean((r) => of(row(r, 'e2urec'))[name]), of(original)[name]];
      assert.ok(near > 0 && near < far, `${name} over ${what} from Retrain: ${near}, Original's is ${far}`);
    }
  }
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
  const { first, second, names, before, after } = await page.evaluate(async () => {
    const api = globalThis.unlearnLab;
    const { users } = await api.ready;
    const { user } = users.toSorted((a, b) => b.n_train - a.n_train)[0];
    const options = { method: 'e2urec', forget: { users: [user] }, device: 'cpu', seed: 3, steps: 20 };
    const first = await api.run(options);
    const files = await api.adapter();
    const { before, after } = await api.recommend({ user, k: 10 });
    await api.reset();
    const second = await api.run(options);
    return { first, second, names: files.map((file) => file.name), before, after };
  });
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
