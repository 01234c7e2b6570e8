import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familiesOf } from '../../web/js/families.js';

test('methods stand in their families, in the table’s order', () => {
  const methods = ['e2urec paper', 'retrain paper', 'npo ascent', 'new unheard'].map((text) => ({ id: text.split(' ')[0], family: text.split(' ')[1] }));
  const found = familiesOf(methods);
  assert.deepEqual(found.map((family) => family.methods.map((method) => method.id)), [['e2urec', 'retrain'], ['npo'], ['new']]);
  assert.equal(found[0].label, 'In the E2URec paper');
  assert.equal(found[2].label, 'unheard', 'a family without a name is not lost');
});
