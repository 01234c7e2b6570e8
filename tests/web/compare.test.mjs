// The comparison's table: means over seeds, whose figures a line shows, order, claims, files. Figures are made up and round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aucOf, personOf } from '../../web/js/features/compare/person-answers.js';
import { claimsOf, readReference } from '../../web/js/features/compare/reference.js';
import { keyOfLine, mergeRows, rowsOfReport, secondsLeft } from '../../web/js/features/compare/rows.js';
import { COLUMNS, linesOf, meanOf, noiseOf, sortLines, toCsv } from '../../web/js/features/compare/table-data.js';
import { cellsOf } from '../../web/js/features/compare/run-comparison.js';
import { isWanted, wordsFor } from '../../web/js/engine/datasets.js';
import { choiceOf, forgetOf, keyOf } from '../../web/js/engine/forget-spec.js';
import { method, part, report, row } from './helpers.mjs';

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
const run = (id, seed, test, forget, patch = {}) => ({ ...row(id, test, forget), label: id, setting: 'tuned', forget_set: 'standard', neighbour: null, seed, device: 'cpu', gap_closed: null, ...patch });
const file = {
  version: 1, dataset: 'd', floor: { jsd: 0.001, sym_kl: 0.008, l2: 0.02 }, baseline: { auc: 0.79, acc: 0.7, logloss: 0.55 }, created_with: { command: 'x', date: 'y', version: 'z' },
  methods: [run('original', 1, 0.82, 0.84), run('retrain', 1, 0.82, 0.74, { seconds: 100 }), run('retrain', 2, 0.83, 0.76, { seconds: 100 }), run('e2urec', 1, 0.81, 0.77, { seconds: 20 }), run('e2urec', 2, 0.83, 0.75, { seconds: 30 })],
  summary: [{ id: 'e2urec', setting: 'tuned', label: 'E2URec', vs: [{ id: 'badt', figure: 'test_auc', difference: 0.004, p: 0.01 }, { id: 'sisa', figure: 'jsd', difference: -0.1, p: 0.2 }, { id: 'sisa', figure: 'jsd', difference: 0.1, p: 0.01 }] }],
};

test('mean and 95 % interval of three seeds by hand', () => {
  // Mean 2, deviation 1, 4.303 / √3.
  const { mean, half, n } = meanOf([1, 2, 3, null]);
  near(mean, 2);
  near(half, 4.303 / Math.sqrt(3));
  assert.equal(n, 3);
  assert.deepEqual(meanOf([5]), { mean: 5, half: null, n: 1 });
  assert.equal(meanOf([null, undefined]), null);
});

test('a file that is no reference is none', () => {
  for (const value of [null, 'x', {}, { methods: 3 }]) assert.equal(readReference(value), null);
  assert.equal(readReference({ ...file, methods: [...file.methods, { id: 'x' }, run('sisa', 1, 0.8, 0.7, { forget_set: 'other' })] }).methods.length, 5);
});

test('lines come in the table’s order with means, gap and time against Retrain', () => {
  const lines = linesOf({ rows: [], reference: readReference(file), methods: [method] });
  assert.deepEqual(lines.map((line) => line.key), ['original', 'retrain', 'e2urec/tuned']);
  const [original, retrain, forgot] = lines;
  assert.equal(forgot.origin, 'reference');
  assert.equal(forgot.preset, 'Tuned');
  near(forgot.figures.test_auc.mean, 0.82);
  near(retrain.figures.forget_auc.mean, 0.75);
  // (0.84 − 0.76) / (0.84 − 0.75), and 25 s of 100 s.
  near(forgot.figures.gap_closed.mean, 0.08 / 0.09);
  near(forgot.figures.ratio.mean, 0.25);
  assert.equal(original.figures.ratio, null);
});

test('what was run here takes the reference’s place, and only its own', () => {
  const here = run('e2urec', 1, 0.8, 0.8, { seconds: 40 });
  const [, retrain, forgot, blank] = linesOf({ rows: [here], reference: readReference(file), cells: [part({ method: 'e2urec', setting: 'published', label: 'E2URec' })], methods: [method] });
  assert.deepEqual([retrain.origin, forgot.origin, blank.origin], ['reference', 'this device', null]);
  near(forgot.figures.test_auc.mean, 0.8);
  assert.equal(forgot.figures.ratio, null, 'times of two devices are not compared');
});

test('a report becomes rows; a run repeated replaces its row', () => {
  const cell = { method: 'e2urec', label: 'E2URec', setting: 'tuned', preset: 'tuned', params: {}, seed: 3 };
  const made = { ...report([row('original', 0.82, 0.84), row('retrain', 0.82, 0.74), row('e2urec', 0.81, 0.75)]), gap_closed: 0.9 };
  const rows = rowsOfReport(made, cell, 'users:1');
  assert.deepEqual(rows.map((one) => [one.id, one.seed, one.gap_closed]), [['original', 1, null], ['retrain', 1, null], ['e2urec', 3, 0.9]]);
  assert.equal(mergeRows(rows, rows).length, 3);
  assert.equal(mergeRows(rows, rowsOfReport(made, { ...cell, seed: 4 }, 'users:1')).length, 4);
  const retrain = rowsOfReport(report([row('original', 0.82, 0.84), { ...row('retrain', 0.8, 0.7), source: 'shipped' }, row('retrain', 0.82, 0.74)]), { ...cell, method: 'retrain' }, 'standard');
  assert.deepEqual(retrain.map((one) => [one.id, one.test.auc]), [['original', 0.82], ['retrain', 0.82]]);
});

test('sorting puts unknown figures last, either way', () => {
  const lines = linesOf({ rows: [], reference: readReference(file), methods: [method] });
  const ids = (sort) => sortLines(lines, sort).map((line) => line.id);
  assert.deepEqual(ids({ by: 'gap_closed', descending: true })[0], 'e2urec');
  assert.deepEqual(ids({ by: 'gap_closed', descending: false })[0], 'e2urec');
  assert.deepEqual(ids({ by: 'forget_auc', descending: true }), ['original', 'e2urec', 'retrain']);
  assert.deepEqual(ids(null), ['original', 'retrain', 'e2urec']);
});

test('the band of Retrain’s seeds needs two of them', () => {
  const reference = readReference(file);
  assert.deepEqual(noiseOf(linesOf({ rows: [], reference, methods: [] }), reference).forget, { low: 0.74, high: 0.76 });
  assert.equal(noiseOf(linesOf({ rows: [run('retrain', 1, 0.8, 0.7)], reference: null, methods: [] }), null), null);
});

test('“better” is said only with a paired test below 0.05, in the right direction', () => {
  const said = claimsOf(readReference(file), [method]);
  assert.equal(said.length, 1);
  assert.match(said[0], /^E2URec \(Tuned\) has a better test AUC than badt: 0\.0040 apart, paired test p = 0\.010\.$/);
  assert.deepEqual(claimsOf(readReference({ ...file, summary: [{ id: 'e2urec', setting: 'tuned' }] })), []);
});

test('cells are methods × seeds, and what is unknown is refused', () => {
  const cells = cellsOf({ methods: ['e2urec/published', { method: 'e2urec' }], seeds: [1, 2], steps: 3 }, [method]);
  assert.deepEqual(cells.map((cell) => [cell.setting, cell.seed]), [['published, 3 steps', 1], ['published, 3 steps', 2], ['tuned, 3 steps', 1], ['tuned, 3 steps', 2]]);
  assert.deepEqual(cells[0].params, { alpha: 2, form: 0 });
  assert.throws(() => cellsOf({ methods: ['x'] }, [method]), { code: 'setting' });
  assert.throws(() => cellsOf({ methods: ['e2urec/x'] }, [method]), /presets of e2urec are tuned, published/);
  assert.throws(() => cellsOf({ seeds: [] }, [method]), { code: 'setting' });
  assert.equal(keyOfLine('retrain', 'any'), 'retrain');
});

test('the time left is the cell’s own and what the others are expected to take', () => {
  const compare = { cells: part([1, 2, 3]), at: 0, seconds: [10, 20, 30] };
  assert.equal(secondsLeft(compare, 4), 54);
  assert.equal(secondsLeft({ ...compare, at: 2 }, 4), 4);
  assert.equal(secondsLeft(compare, null), null);
  assert.equal(secondsLeft({ ...compare, seconds: [10, null, 30] }, 4), null);
});

test('the CSV has one line a row, floor and baseline too', () => {
  const lines = linesOf({ rows: [], reference: readReference(file), methods: [method] });
  const csv = toCsv(lines, file.floor, file.baseline).trim().split('\n');
  assert.equal(csv.length, 1 + 3 + 2);
  assert.ok(csv.every((line) => line.split(',').length === 4 + 2 * COLUMNS.length));
  assert.match(csv.at(-1), /^logistic,,,,0\.79,/);
});

test('a person’s AUC and mean answer, on what must go', () => {
  // Of four pairs, the liked one is above in three and even in one.
  near(aucOf([{ score: 0.9, yes: true }, { score: 0.5, yes: true }, { score: 0.5, yes: false }, { score: 0.1, yes: false }]), 3.5 / 4);
  assert.equal(aucOf([{ score: 0.9, yes: true }]), null);
  const rows = part([{ set: 'train', rating: 5, before: 0.75, after: 0.5 }, { set: 'train', rating: 2, before: 0.25, after: 0.5 }, { set: 'test', rating: 2, before: 0.9, after: 0.9 }]);
  assert.deepEqual(personOf(rows, 'before'), { n: 2, auc: 1, mean: 0.5 });
  assert.equal(personOf(rows, 'after').auc, 0.5);
});

test('forget sets by share have a key and a name of their own, and go back to a choice where there is one', () => {
  assert.notEqual(keyOf({ percent: 10 }), keyOf({ standard: true }));
  assert.equal(keyOf({ percent: 10 }), keyOf({ percent: 10, shuffle: 42 }));
  assert.equal(new Set([{ core: 5 }, { edge: 5 }, { core: 6 }, { percent: 5 }, { standard: true }].map(keyOf)).size, 5);
  const choice = part({ kind: 'person', user: null, genre: null, picked: {} });
  for (const forget of /** @type {import('../../web/js/types.d.ts').ForgetSpec[]} */ ([{ users: [7] }, { genre: 'Horror' }, { standard: true }, { interactions: [[1, 2], [1, 3]] }])) assert.deepEqual(forgetOf({ ...choice, ...choiceOf(forget) }), forget);
  assert.equal(choiceOf({ users: [1, 2] }), null);
  assert.equal(choiceOf({ percent: 10 }), null);
  assert.equal(choiceOf({ core: 5 }), null);
});

test('own files: what is read, and what the things are called', () => {
  for (const name of ['ml-1m/ratings.dat', 'u.data', 'ml-latest.zip', 'goodreads_interactions.json']) assert.ok(isWanted(name), name);
  for (const name of ['README.txt', 'links.csv', '__MACOSX/ratings.csv']) assert.ok(!isWanted(name), name);
  assert.equal(wordsFor({ genres: [] }).item, 'book');
  assert.equal(wordsFor({ genres: [{}] }).items, 'films');
});
