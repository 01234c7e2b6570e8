// Finished runs come back as they were kept, or not at all; a session file is read whole or refused with what is wrong and where; two runs are held against
// each other by the metrics' own directions.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { initialState } from '../../web/js/app/state.js';
import { nameOfKept } from '../../web/js/engine/forget-spec.js';
import { aucCurves, differenceOf, figuresOf, onCommonSteps, settingsBeside, whyNotComparable } from '../../web/js/features/history/overlay.js';
import { aboutRun, recordOf, settingsOf } from '../../web/js/features/history/record.js';
import { readSession, writeSession } from '../../web/js/features/history/session-file.js';
import { problemIn } from '../../web/js/features/history/session-shape.js';
import { deleteRun, deleteRuns, keepRun, listRuns, MOST_RUNS, readRun, trimRuns } from '../../web/js/platform/run-history.js';
import { METRICS } from '../../web/js/tables/metrics.js';
import { LANGUAGES, speak } from '../../web/js/ui/words.js';
import { CATALOGUE } from '../../web/js/words/zh/index.js';
import { method, part, report, row } from './helpers.mjs';

const [english, chinese] = /** @type {[any, any]} */ (LANGUAGES);
afterEach(() => speak(english, null));

/** A directory handle in memory, as far as the store uses one. @param {string} [name] @returns {any} */
function directory(name = '') {
  const entries = new Map();
  const missing = () => Promise.reject(new DOMException('not found', 'NotFoundError'));
  return {
    entries, name, kind: 'directory',
    values: () => entries.values(),
    async getDirectoryHandle(/** @type {string} */ key, { create = false } = {}) {
      if (!entries.has(key) && !create) return missing();
      if (!entries.has(key)) entries.set(key, directory(key));
      return entries.get(key);
    },
    async getFileHandle(/** @type {string} */ key, { create = false } = {}) {
      if (!entries.has(key) && !create) return missing();
      const held = entries.get(key) ?? { content: '', kind: 'file', name: key };
      entries.set(key, held);
      const createWritable = async () => ({ write: async (/** @type {any} */ content) => (held.content = content), close: async () => {}, abort: async () => {} });
      return { createWritable, getFile: async () => new File([held.content], key) };
    },
    removeEntry: async (/** @type {string} */ key) => (entries.delete(key) ? undefined : missing()),
  };
}

const id = (/** @type {number} */ n) => `17600000000${String(n).padStart(2, '0')}-0123abcd`;
const request = { method: 'e2urec', forget: { users: [7] }, params: { alpha: 2 }, seed: 3, steps: 20, eval_every: 5 };
const moments = {
  rows: [{ user: 7, item: 1, title: 'Heat (1995)', liked: true, forget: true, retrain: 0.4, expected: 0.5 }],
  list: [{ step: 0, calibrated: false, p_yes: [0.912345], places: [[0.123456, -2]], moved: [] }, { step: 5, calibrated: true, p_yes: [0.6], places: [[1, 0]], moved: [{ name: 'model.layers.0.self_attn.q_proj', norm: 0.1234567, rms: 0.001, heads: [0.001, 0.002] }] }],
};
const losses = [{ step: 1, total: 0.5 }, { step: 2, total: 0.25 }];
const made = (seed = 3, after = 0.72) => ({ ...report([row('original', 0.82, 0.84), { ...row('e2urec', 0.81, after), seed }]), request: { ...request, seed }, adapter_sha256: 'ab' });
const state = () => part({
  ...initialState(),
  loaded: { methods: [method], users: [{ user: 7 }], never_learned: [], genres: [{ name: 'Drama' }] },
  data: { ...initialState().data, key: 'films' },
  setup: { ...initialState().setup, method: 'e2urec', preset: 'tuned' },
  choice: { kind: 'person', user: 7, genre: null, picked: {}, combined: [] },
  run: { ...initialState().run, losses, evals: [{ step: 0, test: { auc: 0.8, acc: 0.7, logloss: 0.5 }, forget: { auc: 0.9, acc: 0.7, logloss: 0.4 } }], moments },
  result: { ...initialState().result, label: 'user 7’s ratings', elapsed: 4 },
});
const whole = (n = 1, seed = 3, after = 0.72) => {
  const one = made(seed, after);
  return { about: aboutRun(state(), part({ kind: 'run', request: one.request, device: 'cpu' }), one, { id: id(n), at: 1000 * n }), record: recordOf(state(), one) };
};
const adapter = [{ name: 'adapter_model.safetensors', bytes: new Uint8Array([0, 255, 7]) }];

test('a run comes back as it was kept, newest first', async () => {
  const root = directory();
  assert.deepEqual(await listRuns(root), [], 'an empty device');
  for (const n of [1, 2]) await keepRun(root, whole(n).about, whole(n).record, adapter);
  assert.deepEqual((await listRuns(root)).map((about) => about.id), [id(2), id(1)]);
  const read = await readRun(root, id(1));
  assert.deepEqual(read.record, JSON.parse(JSON.stringify(whole(1).record)));
  assert.deepEqual([...(read.adapter[0]?.bytes ?? [])], [0, 255, 7]);
  assert.deepEqual([read.about.label, read.about.after.forget, read.about.before.test, read.about.own], ['user 7’s ratings', 0.72, 0.82, false]);
  // Digits that no pixel shows are not kept.
  assert.deepEqual([read.record.moments.list[0]?.p_yes, read.record.moments.list[0]?.places, read.record.moments.list[1]?.moved[0]?.norm], [[0.9123], [[0.1235, -2]], 0.1235]);
});

test('what was changed on the device is not opened, and half a run is not listed', async () => {
  const root = directory();
  await keepRun(root, whole(1).about, whole(1).record, adapter);
  const folder = await (await root.getDirectoryHandle('history')).getDirectoryHandle(id(1));
  folder.entries.get('run.json').content = '{}';
  await assert.rejects(readRun(root, id(1)), /run\.json must have the sha256 [0-9a-f]{64}, got [0-9a-f]{64}/);
  await folder.removeEntry('about.json');
  assert.deepEqual(await listRuns(root), []);
  await assert.rejects(keepRun(root, whole(2).about, whole(2).record, [{ name: 'x', bytes: part(null) }]));
  assert.deepEqual(await listRuns(root), [], 'what could not be written whole is taken away');
});

test('a run’s name is kept in English, whatever the page speaks, and said in its language', () => {
  speak(chinese, CATALOGUE);
  const { about } = whole(1);
  assert.deepEqual([about.label, nameOfKept(about)], ['user 7’s ratings', '用户 7 的评分'], 'and the page speaks Chinese again');
  const named = (/** @type {string} */ label, /** @type {any} */ forget) => nameOfKept({ label, request: { forget } });
  assert.equal(named('ada@host.example’s ratings', { users: [7] }), 'ada@host.example 的评分', 'by the name that the files have');
  assert.equal(named('the ratings of 2 books', { items: [1, 2] }), '2 本书的评分', 'by the noun of its data');
  assert.equal(named('a name of somebody’s own', { users: [7] }), 'a name of somebody’s own', 'what cannot be told stays');
  for (const odd of [undefined, { words: 'x' }, { any: 7 }, { interest: 'x' }]) assert.equal(named('of somebody’s file', odd), 'of somebody’s file');
  assert.equal(named('user 7’s ratings', { words: 'x' }), 'user 7’s ratings');
  speak(english, null);
  assert.deepEqual([nameOfKept(about), named('the ratings of 2 books', { items: [1, 2] })], ['user 7’s ratings', 'the ratings of 2 books']);
});

test('one run is deleted, then all, and the oldest makes room', async () => {
  const root = directory();
  for (const n of [1, 2, 3]) await keepRun(root, whole(n).about, whole(n).record, []);
  await deleteRun(root, id(2));
  assert.deepEqual((await listRuns(root)).map(({ at }) => at), [3000, 1000]);
  const many = Array.from({ length: MOST_RUNS + 1 }, (_, idx) => ({ ...whole(1).about, version: /** @type {const} */ (1), files: [], id: idx === MOST_RUNS ? id(1) : id(3) }));
  assert.equal((await trimRuns(root, many)).length, MOST_RUNS);
  assert.deepEqual((await listRuns(root)).map(({ at }) => at), [3000]);
  await deleteRuns(root);
  assert.deepEqual([await listRuns(root), root.entries.size], [[], 0]);
});

const fileOf = (/** @type {string} */ text, name = 'session.json') => ({ name, size: text.length, text: async () => text });
const session = () => writeSession(settingsOf(state()), [{ ...whole(1), adapter }, { ...whole(2), adapter: [] }], { made: '2026-01-01', page: '0.1.0' });

test('a session file holds settings, runs and adapters', async () => {
  const read = await readSession(fileOf(await session()));
  assert.deepEqual(read.runs.map(({ about }) => about.id), [id(1), id(2)]);
  assert.deepEqual([...(read.runs[0]?.adapter[0]?.bytes ?? [])], [0, 255, 7]);
  assert.deepEqual(read.runs[0]?.record, JSON.parse(JSON.stringify(whole(1).record)));
  assert.deepEqual([read.settings.data, read.settings.method, read.settings.preset, read.settings.forget], ['films', 'e2urec', 'tuned', { users: [7] }]);
  const own = settingsOf(part({ ...state(), data: { ...state().data, key: 'own' } }));
  assert.deepEqual([own.forget, own.model], [null, ''], 'of one’s own data nothing that is chosen');
});

test('a damaged or foreign session is refused with what is wrong and where', async () => {
  const text = await session();
  const refused = (/** @type {string} */ bad, /** @type {RegExp} */ pattern) => assert.rejects(readSession(fileOf(bad)), (/** @type {any} */ error) => error.code === 'session' && pattern.test(error.message) || assert.fail(error.message));
  await refused('user,item\n1,2\n', /session\.json is no session of this page: it does not begin with `\{`/);
  await refused(text.slice(0, 400), /ends in the middle, at line 1, column 401/);
  await refused(text.replace('"seed":3', '"seed":3,,'), /is not JSON from line 1, column \d+/);
  await refused('{"version":1}', /format must be `unlearn-lab session`, got `undefined`/);
  await refused(text.replace('"version":1', '"version":9'), /has version 9 of the format; this page reads version 1/);
  await refused(text.replace('0.72', '0.99'), /run 1 \(user 7’s ratings\) is damaged: its sha256 must be [0-9a-f]{64}, got [0-9a-f]{64}/);
  await refused(text.replace('"page":"0.1.0"', '"page":"0.1.1"'), /damaged outside its runs: the sha256 of content/);
  await refused('{"format":"unlearn-lab session","version":1,"content":{"runs":7}}', /content\.runs must be a list, got `7`/);
});

test('a run of another shape is refused by its field', () => {
  const good = () => structuredClone({ ...whole(1), adapter: [] });
  assert.equal(problemIn(good()), null);
  /** @type {[(run: any) => void, RegExp][]} */
  const cases = [
    [(run) => delete run.record.report.methods[1].forget, /^record\.report\.methods\[1\]\.forget must be an object, got `undefined`/],
    [(run) => (run.record.report.methods[0].test.acc = '0.7'), /^record\.report\.methods\[0\]\.test\.acc must be a number, got `0\.7`/],
    [(run) => (run.record.moments.list[1].p_yes = [0.1, 0.2]), /^record\.moments\.list\[1\] must have 1 answers and places, got 2 and 1/],
    [(run) => (run.record.moments.list[0].places = [[1]]), /^record\.moments\.list\[0\]\.places\[0\] must be two numbers/],
    [(run) => (run.about.label = 7), /^about\.label must be a short text, got `7`/],
    [(run) => (run.about.device = 'tpu'), /^about\.device must be cpu or gpu, got `tpu`/],
    [(run) => (run.record.losses = { length: 3 }), /^record\.losses must be a list/],
    [(run) => (run.adapter = [{ name: '../x', base64: '' }]), /^adapter\[0\]\.name must be a file of an adapter/],
  ];
  for (const [spoil, pattern] of cases) {
    const run = good();
    spoil(run);
    assert.match(problemIn(run) ?? 'nothing', pattern);
  }
  assert.match(problemIn({ settings: { ...settingsOf(state()), params: { alpha: 'x' } } }) ?? 'nothing', /^settings\.params must hold numbers alone/);
});

test('two runs are held against each other', () => {
  const pair = part([whole(1, 3, 0.72), whole(2, 4, 0.7)]);
  const differing = settingsBeside(pair).filter(({ same }) => !same);
  assert.deepEqual(differing, [{ what: 'Seed', values: ['3', '4'], same: false }]);
  const auc = figuresOf(pair).find(({ metric }) => metric.path === 'forget.auc');
  assert.ok(auc && Math.abs((auc.by ?? 0) + 0.02) < 1e-12);
  const metric = (/** @type {string} */ better) => part({ ...METRICS[0], better, format: 'fixed', digits: 3 });
  assert.deepEqual([differenceOf(metric('higher'), 0.5, 0.6).sign, differenceOf(metric('lower'), 0.5, 0.6).sign, differenceOf(metric('near_half'), 0.9, 0.6).sign, differenceOf(metric('near_zero'), -0.1, 0.2).sign], ['better', 'worse', 'better', 'worse']);
  assert.deepEqual(differenceOf(metric('higher'), 0.5, 0.5001), { by: 0, sign: 'same' }, 'what is written as nothing is nothing');
  assert.deepEqual([differenceOf(metric('near_retrain'), 0.5, 0.6).sign, differenceOf(metric('higher'), null, 1)], [null, { by: null, sign: null }]);
  assert.deepEqual(onCommonSteps([{ steps: [0, 5], values: [1, 2] }, { steps: [0, 10], values: [3, null] }]), { x: [0, 5, 10], columns: [[1, 2, null], [3, null, null]] });
  assert.deepEqual(aucCurves(pair).columns.map((values) => values[0]), [0.9, 0.8, 0.9, 0.8]);
});

test('what does not compare is said', () => {
  const [a, b] = part([whole(1), whole(2)]);
  const keyOf = (/** @type {any} */ forget) => JSON.stringify(forget);
  const said = (/** @type {object} */ about) => whyNotComparable(part([a, { ...b, about: { ...b.about, ...about } }]), keyOf);
  assert.equal(said({}), '');
  assert.match(said({ dataset: 'books' }), /different data/);
  assert.match(said({ request: { ...b.about.request, forget: { users: [8] } } }), /forgot different rows/);
  assert.match(said({ model: 'other' }), /different models/);
});
