// Rows of runs made elsewhere: what a file must be, what is refused and why, what is there already, and that no line mixes devices. Figures are made up and round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countText } from '../../web/js/features/compare/elsewhere-view.js';
import { isSameRun, originText, readElsewhere } from '../../web/js/features/compare/elsewhere.js';
import { keyOfName } from '../../web/js/features/compare/forget-set-names.js';
import { columnsWith, COLUMNS, linesOf, noiseOf, sourceText, toCsv } from '../../web/js/features/compare/table-data.js';
import { keyOf } from '../../web/js/engine/forget-spec.js';
import { method, part, report, row } from './helpers.mjs';

const hashes = { ratings: 'aa', metadata: 'bb' };
const loaded = part({ dataset: 'films', data: hashes, model: 'nano', methods: [method], shipped: [row('original', 0.82, 0.84)], sizes: { forget: 120 } });
const here = (patch = {}) => ({ loaded, manifest: 'cc', known: [], ...patch });
const line = (id, seed, test, forget, patch = {}) => ({ ...row(id, test, forget), seed, label: id === 'e2urec' ? 'E2URec' : 'Retrain', setting: 'tuned', forget_set: 'standard', device: 'CPU (burn-flex)', gap_closed: 0.9, ...patch });
/** What `unlearn compare` writes. */
const table = (patch = {}) => ({
  version: 1, dataset: 'films', model: 'nano', model_manifest_sha256: 'cc', data: hashes, methods: [line('e2urec', 1, 0.81, 0.75), line('e2urec', 2, 0.8, 0.77)], summary: [],
  forget_sets: [{ name: 'standard', sizes: { forget: 120 }, references: [row('original', 0.82, 0.84), { ...row('retrain', 0.83, 0.74), seconds: 40 }] }],
  created_with: { command: 'unlearn compare', version: '0.1.0', git_commit: 'abcdef123456', date: '2026-11-30T01:00:00Z' }, ...patch,
});
const read = (value, at = here(), name = 'result.json') => readElsewhere(typeof value === 'string' ? value : JSON.stringify(value), { id: 'f1', name }, at);
const refused = (value, at) => {
  try {
    read(value, at);
  } catch (error) {
    return error.message;
  }
  return 'not refused';
};

test('a table of `unlearn compare` becomes rows that say where they come from; Original is the one that is here', () => {
  const far = line('e2urec', 1, 0.81, 0.75);
  far.forget.jsd = 0.01;
  const { rows, notes } = read(table({ methods: [far, line('e2urec', 2, 0.8, 0.77)] }));
  assert.deepEqual(rows.map(({ id, seed, source }) => [id, seed, source]), [['e2urec', 1, 'elsewhere'], ['e2urec', 2, 'elsewhere'], ['retrain', 1, 'elsewhere']]);
  assert.equal(originText(rows[0].from), 'result.json, CPU (burn-flex), commit abcdef123456, 2026-11-30');
  assert.equal(rows[2].from.device, 'CPU (burn-flex)', 'the reference has no device of its own in the file');
  assert.match(notes.join(' '), /Retrain of that device/);
  assert.doesNotMatch(notes.join(' '), /known by name/);
});

test('a report of `unlearn forget` becomes rows of its forget set, with the setting that its values are', () => {
  const made = { ...report([row('original', 0.82, 0.84), row('retrain', 0.82, 0.74), { ...row('e2urec', 0.81, 0.76), params: { alpha: 2, rank: 4, form: 0 } }]), dataset: 'films', model: 'nano', data: hashes, device: 'WebGPU', gap_closed: 0.8, request: { method: 'e2urec', forget: { users: [7] }, params: {}, seed: 3, steps: 50, eval_every: 0, validate: false } };
  const { rows, notes } = read(made);
  assert.deepEqual(rows.map(({ id, setting, forget_set, gap_closed, device }) => [id, setting, forget_set, gap_closed, device]), [['retrain', '', 'users:7', null, 'WebGPU'], ['e2urec', 'published, 50 steps', 'users:7', 0.8, 'WebGPU']]);
  assert.match(notes.join(' '), /known by name and by Original’s figures, not by hash/);
  made.methods[2].params.alpha = 3;
  made.request.steps = undefined;
  assert.equal(read(made).rows[1].setting, 'published, alpha 3', 'what differs from the nearest preset is told');
});

test('other data, another model and what is no table are refused with the reason', () => {
  assert.match(refused(table({ data: { ratings: 'xx', metadata: 'bb' } })), /other data: its films has other ratings than the films that is loaded/);
  assert.match(refused(table({ data: { ratings: 'aa', metadata: 'xx' } })), /other titles, genres, authors/);
  assert.match(refused(table({ data: undefined })), /does not say by hash/);
  assert.match(refused(table({ model: 'other' })), /another model, other; nano is loaded/);
  assert.match(refused(table({ model_manifest_sha256: 'dd' })), /hash of the model’s manifest differs/);
  assert.equal(refused(table({ model_manifest_sha256: 'dd' }), here({ manifest: null })), 'not refused', 'a model that this site does not have is known by name');
  assert.match(refused(table({ methods: [...table().methods, line('original', 1, 0.79, 0.84)] })), /test AUC of 0\.7900, the one loaded here of 0\.8200/);
  assert.match(refused(table({ forget_sets: [{ name: 'standard', sizes: { forget: 121 }, references: [] }] })), /121 rows, the one here 120 rows/);
  assert.match(refused('{'), /not JSON/);
  assert.match(refused('dataset,model,forget_set,method\n'), /CSV/);
  assert.match(refused({ kind: 'unlearn-lab forgetting report' }), /only by hash/);
  for (const value of [null, 3, [], {}, { methods: 3 }]) assert.match(refused(value), /neither a table/);
  assert.match(refused(table({ methods: [{ id: 'e2urec', test: {}, forget: null }] })), /no method or no figures/);
  assert.match(refused(table({ methods: [line('e2urec', 1, 7, 0.75)] })), /between 0 and 1, and its e2urec has 7/);
  assert.match(refused({ ...table(), request: { method: 'e2urec', forget: { nothing: 1 } } }), /does not say what was forgotten/);
});

test('only numbers and short texts are taken from a file', () => {
  const [first] = read(table({ methods: [line('e2urec', 1, 0.81, 0.75, { label: 'x'.repeat(999), params: { alpha: 2, bad: 'text', deep: [1] }, histogram: { liked: [1] }, host: 'name of a machine', test: { auc: 0.81, acc: 'half', logloss: null } })] })).rows;
  assert.equal(first.label.length, 120);
  assert.deepEqual([first.params, first.test], [{ alpha: 2 }, { auc: 0.81 }]);
  assert.ok(!('histogram' in first) && !('host' in first));
});

test('what is in the table already is left out, also within one file and in another', () => {
  const known = read(table()).rows;
  assert.match(refused(table(), here({ known })), /every row of it is in the table already/);
  const more = read(table({ methods: [...table().methods, line('e2urec', 3, 0.79, 0.76), line('e2urec', 3, 0.79, 0.76)] }), here({ known }));
  assert.deepEqual(more.rows.map(({ seed }) => seed), [3]);
  assert.match(more.notes[0], /^4 rows of it are in the table already/);
  // The same bits from another device took another time: a run of its own.
  assert.equal(isSameRun(known[0], { ...known[0], seconds: 99 }), false);
  assert.equal(isSameRun(known[0], { ...known[0], source: 'reference', from: undefined }), true);
  // With a ranking that the table is without it is worth a line, Original and Retrain too.
  const ranking = { users: 50, candidates: 100, hr_10: 0.5, ndcg_10: 0.25 };
  const ranked = read(table({ methods: table().methods.map((one) => ({ ...one, ranking })), forget_sets: [{ name: 'standard', sizes: { forget: 120 }, references: table().forget_sets[0].references.map((one) => ({ ...one, ranking })) }] }), here({ known }));
  assert.deepEqual(ranked.rows.map(({ id }) => id), ['e2urec', 'e2urec', 'original', 'retrain']);
});

test('a file of several data sets is read for the one that is loaded; a forget set with a name of its own is left out', () => {
  assert.equal(read({ datasets: [table({ data: { ratings: 'x', metadata: 'y' } }), table()] }).rows.length, 3);
  const { rows, notes } = read(table({ methods: [line('e2urec', 1, 0.81, 0.75), line('e2urec', 1, 0.8, 0.7, { forget_set: 'my friends' }), line('e2urec', 1, 0.8, 0.71, { forget_set: 'user 7' })] }));
  assert.deepEqual(rows.map((one) => one.forget_set), ['standard', 'users:7', 'standard']);
  assert.match(notes.join(' '), /“my friends” has a name of its own/);
  assert.equal(countText({ id: '', name: '', rows, notes }, 'users:7'), '1 row of this forget set; 2 of others (the paper’s 20 %), in view when those are chosen.');
});

test('names of `unlearn compare` are the page’s forget sets', () => {
  const specs = { standard: { standard: true }, 'user 7': { users: [7] }, 'users 7, 9': { users: [9, 7] }, 'items 3, 4': { items: [3, 4] }, 'genre Horror': { genre: 'Horror' }, 'Horror of user 7': { interest: [7, 'Horror'] }, 'words war, love': { words: ['war', 'love'] }, '10 % of users': { percent: 10 }, '10 % of users, draw 3': { percent: 10, shuffle: 3 }, '5 % most active users': { core: 5 }, '5 % least active users': { edge: 5 } };
  for (const [name, spec] of Object.entries(specs)) assert.equal(keyOfName(name), keyOf(part(spec)), name);
  assert.equal(keyOfName('users:7,9'), 'users:7,9', 'the page writes its keys');
  for (const name of ['users 1, 2, 3 and 4 more', '12 interactions', '2 requests', 'mine']) assert.equal(keyOfName(name), null, name);
});

test('rows from elsewhere make lines of their own: no mean, gap, time or band mixes two devices', () => {
  const opened = read(table({ methods: [line('e2urec', 1, 0.81, 0.75, { seconds: 10, gap_closed: null }), line('retrain', 1, 0.83, 0.7, { seconds: 40 })] })).rows;
  const rows = [line('e2urec', 1, 0.7, 0.8, { source: 'this device', seconds: 20, label: 'E2URec' }), { ...line('original', 1, 0.82, 0.84), source: 'this device' }];
  const lines = linesOf({ rows, reference: null, opened, methods: [method] });
  assert.deepEqual(lines.map(({ id, origin, runs }) => [id, origin, runs.length]), [['original', 'this device', 1], ['retrain', 'elsewhere', 1], ['e2urec', 'this device', 1], ['e2urec', 'elsewhere', 1]]);
  const [, , own, theirs] = lines;
  assert.equal(new Set(lines.map(({ key }) => key)).size, 4);
  assert.deepEqual([own.figures.test_auc.mean, theirs.figures.test_auc.mean], [0.7, 0.81]);
  assert.equal(own.figures.ratio, null, 'there is no Retrain of this device');
  assert.equal(theirs.figures.ratio.mean, 0.25);
  assert.equal(own.figures.gap_closed.mean, 0.9, 'as its own report has it');
  assert.equal(theirs.figures.gap_closed, null, 'the Original of this device is not its own');
  assert.equal(noiseOf(lines, null), null);
  assert.match(sourceText(theirs), /^elsewhere: result\.json, CPU \(burn-flex\), commit abcdef123456/);
  assert.match(toCsv(lines, null, null), /e2urec,tuned,"elsewhere: result\.json, CPU/);
});

test('the page’s own file is read by another device; what it had opened itself keeps its origin', () => {
  const first = read(table()).rows[0];
  const saved = { version: 1, dataset: 'films', data: hashes, model: 'nano', methods: [{ ...line('e2urec', 4, 0.81, 0.75), source: 'this device', device: 'WebGPU' }, first], created_with: { command: 'page', version: '0.1.0', date: '2026-11-30' } };
  const { rows } = read(saved, here(), 'saved.json');
  assert.deepEqual(rows.map(({ source, from }) => [source, originText(from)]), [['elsewhere', 'saved.json, WebGPU, version 0.1.0, 2026-11-30'], ['elsewhere', 'saved.json (from result.json), CPU (burn-flex), commit abcdef123456, 2026-11-30']]);
  assert.notEqual(rows[0].from.group, rows[1].from.group);
});

test('ranking columns are there when a row has them, and only then', () => {
  const ids = (lines) => columnsWith(COLUMNS, lines).map(({ id }) => id).filter((id) => /^(hr|ndcg)_10$/.test(id));
  const plain = linesOf({ rows: [line('e2urec', 1, 0.8, 0.7)], reference: null, methods: [method] });
  assert.deepEqual(ids(plain), []);
  const ranked = linesOf({ rows: [], reference: null, opened: read(table({ methods: [line('e2urec', 1, 0.8, 0.7, { ranking: { users: 50, candidates: 100, hr_10: 0.5, ndcg_10: 0.25 } })] })).rows, methods: [method] });
  assert.deepEqual(ids(ranked), ['hr_10', 'ndcg_10']);
  assert.deepEqual(ranked.filter(({ id }) => id === 'e2urec').map(({ figures }) => [figures.hr_10.mean, figures.ndcg_10.mean]), [[0.5, 0.25]]);
});
