// The page's tables follow the metric table: values by path, formats, columns and their order. Figures are made up and round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellText, COLUMNS, linesOf } from '../../web/js/features/compare/table-data.js';
import { isWanted } from '../../web/js/engine/datasets.js';
import { aboutMetric, measured, valueAt, written } from '../../web/js/ui/metrics.js';
import { FORMAT_LABELS } from '../../web/js/tables/formats.js';
import { METRIC_GROUPS, METRICS } from '../../web/js/tables/metrics.js';
import { method, row } from './helpers.mjs';

const metric = (id) => METRICS.find((one) => one.id === id);

test('a metric without a field of its own is read by its path and written as its row says', () => {
  /** @type {import('../../web/js/types.d.ts').MetricEntry} */
  const brier = { id: 'brier', path: 'forget.extra.brier', label: 'Brier', short: 'Brier', group: 'forget', format: 'fixed', digits: 3, better: 'near_retrain', ofRetrain: null, shown: ['figures'], rare: false, help: 'x', formula: 'x', citation: '', caveat: '' };
  const line = row('e2urec', 0.8, 0.75);
  assert.equal(measured(line, brier), null);
  assert.equal(written(brier, measured(line, brier)), '–');
  line.forget.extra = { brier: 0.1875 };
  assert.equal(written(brier, measured(line, brier)), '0.188');
  assert.equal(valueAt(line, 'forget.auc.more'), null);
});

test('each format', () => {
  /** @type {[string, number, string][]} */
  const said = [['test_auc', 0.5, '0.5000'], ['acc', 0.5, '0.500'], ['jsd', 0, '0'], ['ks_p', 0.25, '0.250'], ['gap_closed', 0.875, '88 %'], ['priv_leak', -0.06, '−6 %'], ['seconds', 12, '12 s'], ['ratio', 2, '2.00×'], ['trainable_params', 1234.4, '1,234'], ['peak_bytes', 5e8, '500 MB']];
  for (const [id, value, text] of said) assert.equal(written(metric(id), value), text, id);
  assert.equal(measured({ seconds: 0 }, metric('seconds')), null);
});

test('the tab Compare keeps its columns, whose keys stand in files', () => {
  const keys = 'test_auc acc logloss ece hr_10 ndcg_10 neighbour_auc fairness forget_auc gap_closed jsd sym_kl l2 mia priv_leak s_ma s_el ks_p seconds ratio trainable_params peak_bytes';
  assert.deepEqual(COLUMNS.map((column) => column.id), keys.split(' '));
  assert.deepEqual(COLUMNS.filter((column) => column.main).map((column) => column.id), ['test_auc', 'forget_auc', 'gap_closed', 'jsd', 'seconds']);
  assert.equal(new Set(COLUMNS.map((column) => column.label)).size, COLUMNS.length, 'heads are told apart');
  assert.ok(METRICS.every((one) => METRIC_GROUPS.some((group) => group.id === one.group)));
});

test('an attack is shown as its distance from 0.5, and Retrain has no distance from itself', () => {
  const rows = ['original', 'retrain'].map((id) => ({ ...row(id, 0.8, 0.75), label: id, setting: '', forget_set: 'standard' }));
  for (const line of rows) Object.assign(line.forget, { mia_auc: 0.375, jsd: 0.25, ks_p: 0.5 });
  const [original, retrain] = linesOf({ rows, reference: null, methods: [method] });
  assert.equal(original.figures.mia.mean, 0.125);
  assert.deepEqual([original.figures.jsd.mean, retrain.figures.jsd, retrain.figures.ks_p], [0.25, null, null]);
  const column = (id) => COLUMNS.find((one) => one.id === id);
  assert.deepEqual(cellText(column('ks_p'), { mean: 0.5, half: 0.1, n: 2 }), { value: '0.500', spread: '' });
  assert.deepEqual(cellText(column('seconds'), { mean: 20, half: 1.25, n: 2 }), { value: '20.0 s', spread: '± 1.3 s' });
});

test('every file of a format that can be read is taken from a folder', () => {
  for (const name of ['a/users.dat', 'u.user', 'mine.jsonl', 'mine.jsonl.gz', 'RATINGS.CSV']) assert.ok(isWanted(name), name);
  assert.match(FORMAT_LABELS, /ML-100K/);
});

test('a metric that tells little of forgetting says so', () => {
  assert.match(aboutMetric(/** @type {any} */ (metric('mia'))).says, /beside Retrain’s\. Tells little: over twenty people .* AUC of 0\.\d\d\.$/);
  assert.ok(aboutMetric(/** @type {any} */ (metric('forget_auc'))).says.endsWith(`${metric('forget_auc')?.help}.`));
});
