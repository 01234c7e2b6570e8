import assert from 'node:assert/strict';
import { test } from 'node:test';
import { part } from './helpers.mjs';
import { familiesOf, linesOfFamily } from '../../web/js/engine/method-families.js';

test('methods stand in their families, in the table’s order', () => {
  const methods = ['e2urec paper', 'retrain paper', 'npo ascent', 'new unheard'].map((text) => part({ id: text.split(' ')[0], family: text.split(' ')[1] }));
  const found = familiesOf(methods);
  assert.deepEqual(found.map((family) => family.methods.map((method) => method.id)), [['e2urec', 'retrain'], ['npo'], ['new']]);
  assert.equal(found[0].label, 'In the E2URec paper');
  assert.equal(found[2].label, 'unheard', 'a family without a name is not lost');
});

test('one family is read beside Original and Retrain', () => {
  const methods = part([{ id: 'original', family: 'paper' }, { id: 'retrain', family: 'paper' }, { id: 'e2urec', family: 'paper' }, { id: 'npo', family: 'ascent' }]);
  const lines = ['original', 'retrain', 'e2urec', 'npo', 'npo'].map((id, idx) => ({ id, idx }));
  assert.deepEqual(linesOfFamily(lines, 'ascent', methods).map(({ idx }) => idx), [0, 1, 3, 4]);
  assert.deepEqual(linesOfFamily(lines, 'paper', methods).map(({ idx }) => idx), [0, 1, 2]);
  assert.equal(linesOfFamily(lines, null, methods), lines);
});
