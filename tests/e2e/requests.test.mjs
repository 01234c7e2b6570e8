// The requests of a session: listed, made again bit for bit, forgotten at once; and a forgetting report of the last one, to be filed.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** What a record is sealed by: keys in alphabetical order, no white space, numbers as they stand. @param {string} text */
function sealOf(text) {
  // Numbers keep their spelling: JavaScript writes some otherwise than Rust.
  const numbers = [];
  const marked = text.replace(/("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/g, (whole, string, number) => (string ? string : `"#${numbers.push(number) - 1}#"`));
  const sorted = (value) => (Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value);
  const { sha256, ...open } = JSON.parse(marked);
  const plain = JSON.stringify(sorted(open)).replace(/"#(\d+)#"/g, (_, at) => numbers[Number(at)]);
  return [sha256, createHash('sha256').update(plain).digest('hex')];
}

test('requests are listed, made again, and forgotten at once', { timeout: 6 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  const users = await page.evaluate(async () => {
    const { users } = await globalThis.unlearnLab.ready;
    const few = users.filter((user) => user.n_train >= 60 && user.n_train <= 120).slice(0, 2).map((user) => user.user);
    for (const user of few) await globalThis.unlearnLab.run({ forget: { users: [user] }, steps: 8, device: 'cpu' });
    return few;
  });
  const what = page.locator('#what');
  await what.getByText('Requests', { exact: true }).click();
  const list = what.getByRole('list', { name: 'Requests so far' });
  await list.getByRole('listitem').nth(1).waitFor(); // views are drawn in tasks of their own
  assert.equal(await list.getByRole('listitem').count(), 2);

  await list.getByRole('listitem').first().getByRole('button', { name: 'Make it again' }).click();
  await list.getByText('the same result, bit for bit').waitFor({ timeout: 120_000 });
  assert.equal(await list.getByRole('listitem').count(), 2, 'a request that is made again is no further one');

  for (const user of users) await what.getByRole('checkbox', { name: new RegExp(`user ${user}.s ratings`) }).check();
  const sizes = await page.evaluate(async (users) => {
    const { unlearnLab } = globalThis;
    const of = async (forget) => (await unlearnLab.select({ forget })).sizes.forget;
    return { each: await Promise.all(users.map((user) => of({ users: [user] }))), both: await of({ any: users.map((user) => ({ users: [user] })) }) };
  }, users);
  assert.equal(sizes.both, sizes.each[0] + sizes.each[1]);
  await what.getByText(new RegExp(`^${sizes.both}`)).first().waitFor();
  await page.locator('#how').getByRole('combobox', { name: 'Method' }).selectOption('eul');
  await page.screenshot({ path: join(results, 'requests-wide-light.png'), fullPage: true });
  await page.locator('#run').getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('#result').getByText('2 requests at once').first().waitFor({ timeout: 180_000 });
  await page.locator('#run').getByRole('button', { name: 'Start', exact: true }).waitFor({ timeout: 60_000 });

  const downloads = [];
  page.on('download', (download) => downloads.push(download));
  await page.getByRole('button', { name: 'Forgetting report' }).click();
  await page.waitForTimeout(1500);
  const [json, html] = ['.json', '.html'].map((ending) => downloads.find((one) => one.suggestedFilename().endsWith(ending)));
  assert.ok(json && html, 'the report comes as JSON and as a page');
  const text = readFileSync(await json.path(), 'utf8');
  const [told, found] = sealOf(text);
  assert.equal(found, told, 'the seal is the hash of the rest');
  const record = JSON.parse(text);
  assert.equal(record.asked.what, '2 requests at once');
  assert.equal(record.method.id, 'eul');
  assert.equal(record.asked.rows, sizes.both);
  assert.match(record.data.files[0].sha256, /^[0-9a-f]{64}$/);
  assert.match(readFileSync(await html.path(), 'utf8'), /What this does not promise/);
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign, [], 'requests to other origins');
});
