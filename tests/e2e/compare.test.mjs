// Methods are compared on this device: two cheap cells, the table that fills, its order, its files, and the tabs. Then what needs no run: the card, the map,
// what columns mean, citations, runs made elsewhere, and the address.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, root, start } from './harness.mjs';

/** Steps of a cell: enough for a row, too few for a result. */
const STEPS = 3;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const tab = (page, name) => page.getByRole('tab', { name, exact: true });

test('two cells are compared, sorted, looked at by person and saved', { timeout: 6 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  await tab(page, 'Compare').click();
  assert.equal(new URL(page.url()).hash, '#compare');
  const panel = page.locator('#panel-compare');
  await panel.getByRole('heading', { name: 'Compare the methods.' }).waitFor();

  const boxes = panel.getByRole('group', { name: 'Methods and settings' }).getByRole('checkbox');
  const names = await boxes.evaluateAll((all) => all.map((one) => one.value));
  const two = names.filter((name) => name.startsWith('e2urec/')).slice(0, 2);
  assert.equal(two.length, 2, 'E2URec has two settings');
  for (const name of names) await panel.locator(`input[value="${name}"]`).setChecked(two.includes(name));
  await panel.getByLabel('Steps').fill(String(STEPS));
  await panel.getByLabel('Steps').blur();
  await panel.getByRole('button', { name: 'Run', exact: true }).click();
  await panel.getByRole('button', { name: 'Cancel', exact: true }).waitFor();
  await panel.getByText('Done', { exact: true }).waitFor({ timeout: 240_000 });

  const line = (name) => panel.locator('tr', { hasText: name });
  for (const name of two) {
    const row = panel.locator(`tr[data-key="${name}, ${STEPS} steps"]`);
    assert.match(await row.innerText(), /this device/, `${name} is labelled`);
    assert.match(await row.locator('td').first().innerText(), /^0\.\d{4}/, `${name} has a test AUC`);
  }
  assert.match(await line('Original').first().innerText(), /this device|reference/);

  const sorted = panel.getByRole('button', { name: 'test AUC', exact: true });
  const ordered = (order) => panel.locator(`th[data-by="test_auc"][aria-sort="${order}"]`).waitFor();
  await sorted.focus();
  await page.keyboard.press('Enter');
  await ordered('descending');
  const column = () => panel.locator('table').first().locator('tbody').first().locator('tr td:nth-of-type(1)').allInnerTexts();
  const high = (await column()).map(Number.parseFloat).filter(Number.isFinite);
  assert.deepEqual(high, high.toSorted((a, b) => b - a));
  await page.keyboard.press('Enter');
  await ordered('ascending');

  // One family at a time, beside what every method is read against.
  const rows = panel.getByRole('region', { name: 'Comparison table' }).locator('tbody').first().locator('tr');
  const ids = () => rows.evaluateAll((all) => all.map((row) => row.dataset.key?.split('/')[0]));
  const before = await ids();
  const show = panel.getByRole('combobox', { name: 'Methods in view' });
  const ours = panel.locator(`tr[data-key="${two[0]}, ${STEPS} steps"]`);
  await show.selectOption('ascent');
  await ours.waitFor({ state: 'detached' });
  assert.deepEqual(await ids(), before.filter((id) => id !== 'e2urec'));
  await show.selectOption('paper');
  await ours.waitFor();
  assert.deepEqual(await ids(), before);

  const [csv] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'CSV', exact: true }).click()]);
  assert.match(csv.suggestedFilename(), /\.csv$/);

  await panel.locator(`tr[data-key="${two[1]}, ${STEPS} steps"] button.name`).click();
  await panel.getByRole('region', { name: 'Forgotten people' }).getByRole('row').nth(2).waitFor();
  await panel.locator(`tr[data-key="${two[0]}, ${STEPS} steps"] button.name`).click();
  await panel.getByRole('button', { name: /Run it again/ }).waitFor();

  await page.screenshot({ path: join(results, 'compare-wide-light.png'), fullPage: true });
  await tab(page, 'Forget one').click();
  await page.locator('#result').getByRole('table').first().waitFor();
  await tab(page, 'Forget one').press('ArrowRight');
  await page.getByRole('tab', { name: 'Compare', exact: true, selected: true }).waitFor();
  assert.match(await panel.locator(`tr[data-key="${two[0]}, ${STEPS} steps"]`).innerText(), /this device/, 'the rows are kept');
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign, [], 'requests to other origins');
});

test('a script compares, and cancelling keeps what is finished', { timeout: 4 * 60_000 }, async () => {
  const { page } = await open(lab, { viewport: { width: 390, height: 844 } });
  await load(lab, page);
  const { rows, kept } = await page.evaluate(async (steps) => {
    const { users } = await globalThis.unlearnLab.ready;
    const forget = { users: [users[0].user] };
    const rows = await globalThis.unlearnLab.compare({ methods: ['e2urec'], seeds: [1, 2], forget, steps, device: 'cpu' });
    const kept = await globalThis.unlearnLab.compare({ methods: ['e2urec'], seeds: [1, 2], forget, steps, device: 'cpu', onRow: () => globalThis.unlearnLab.cancel() });
    return { rows, kept };
  }, STEPS);
  const seeds = (all) => all.filter((row) => row.id === 'e2urec').map((row) => row.seed);
  assert.deepEqual(seeds(rows), [1, 2]);
  assert.deepEqual(seeds(kept), [1]);
  await assert.rejects(page.evaluate(() => globalThis.unlearnLab.compare({ methods: ['nothing'], forget: { standard: true } })), /methods must be among/);
  await tab(page, 'Compare').click();
  await page.locator('#panel-compare tr', { hasText: 'this device' }).first().waitFor();
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `the page is ${inner} px wide in a window of ${outer} px`);
});

/** The page with the paper's set chosen, whose reference fills the table without a run, on the tab Compare. */
async function withReference(options = {}) {
  const opened = await open(lab, options);
  const { page } = opened;
  await load(lab, page);
  await page.locator('#what').getByRole('radio', { name: 'Paper’s 20 %' }).check({ force: true });
  await tab(page, 'Compare').click();
  const panel = page.locator('#panel-compare');
  await page.waitForFunction(() => document.querySelectorAll('#panel-compare .map .dot').length > 30);
  return { ...opened, panel };
}
const hash = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1));
/** Has the page tell how it was scrolled last. @param {import('playwright-core').Page} page */
const watchScrolling = (page) => page.evaluate(() => {
  const { scrollIntoView } = Element.prototype;
  Element.prototype.scrollIntoView = function (options) {
    globalThis.scrolled = typeof options === 'object' ? options.behavior : null;
    scrollIntoView.call(this, options);
  };
});
/** Whether the top of an element is in view. */
const isInView = (locator) => locator.evaluate((element) => new Promise((resolve) => setTimeout(() => {
  const { top } = element.getBoundingClientRect();
  resolve(top >= 0 && top < innerHeight - 40);
}, 700)));

test('a chosen method’s card comes into view and gives the focus back; address, Back and Forward follow what is looked at', { timeout: 3 * 60_000 }, async () => {
  const { page, panel, errors, foreign, context } = await withReference();
  const card = panel.locator('#compare-card');
  const name = panel.locator('tr[data-key="npo/tuned"] button.name');
  await watchScrolling(page);
  await name.click();
  await card.getByRole('heading', { name: 'NPO' }).waitFor();
  assert.ok(await isInView(card), 'the card is in view');
  assert.equal(await page.evaluate(() => globalThis.scrolled), 'smooth');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'compare-card-title');
  assert.equal(hash(page).get('line'), 'npo/tuned');
  const link = page.url();
  await card.getByRole('button', { name: 'Close' }).click();
  await card.waitFor({ state: 'detached' });
  assert.ok(await name.evaluate((element) => element === document.activeElement), 'the row has the focus again');
  await page.goBack();
  await card.waitFor();
  await page.goBack();
  await card.waitFor({ state: 'detached' });

  const sort = panel.locator('th[data-by="forget_auc"]');
  await sort.locator('button.sort').click();
  await panel.locator('th[data-by="forget_auc"][aria-sort="ascending"]').waitFor();
  await panel.getByRole('combobox', { name: 'Methods in view' }).selectOption('ascent');
  await page.waitForFunction(() => location.hash.includes('family=ascent'));
  assert.deepEqual([hash(page).get('sort'), hash(page).get('family')], ['forget_auc', 'ascent']);
  // As a link it opens the same, on another page.
  const other = await context.newPage();
  await other.goto(page.url());
  const there = other.locator('#panel-compare');
  await there.locator('th[data-by="forget_auc"][aria-sort="ascending"]').waitFor();
  assert.equal(await there.getByRole('combobox', { name: 'Methods in view' }).inputValue(), 'ascent');
  await other.goto('about:blank');
  await other.goto(link);
  await there.locator('#compare-card').getByRole('heading', { name: 'NPO' }).waitFor();
  await other.close();
  const inView = (family) => page.waitForFunction((wanted) => /** @type {HTMLSelectElement | null} */ (document.querySelector('#panel-compare [aria-label="Methods in view"]'))?.value === wanted, family);
  await page.goBack();
  await inView('');
  await page.goForward();
  await inView('ascent');
  await panel.getByRole('combobox', { name: 'Methods in view' }).selectOption('');

  // What a column means, by the keyboard; nothing of it stands in a title alone.
  const help = panel.getByRole('button', { name: 'What PrivLeak means' });
  await help.focus();
  await page.keyboard.press('Enter');
  const told = panel.getByRole('note', { name: 'What PrivLeak means' });
  await told.getByText('Best near 0, from either side.').waitFor();
  assert.match(await told.innerText(), /\(MIA AUC − Retrain's\) \/ Retrain's/);
  assert.equal(await panel.locator('thead [title], tbody [title]').count(), 0);
  // Its citation leads away after one notice, and the page has no address of another site before.
  assert.equal(await page.locator('a[href^="http"]:not([href^="http://127.0.0.1"]):not([href^="http://localhost"])').count(), 0);
  await context.route('https://arxiv.org/**', (route) => route.fulfill({ contentType: 'text/html', body: '<title>arXiv</title>' }));
  await told.getByRole('button', { name: 'arXiv 2407.06460' }).click();
  const notice = page.getByRole('dialog', { name: 'This leaves the page.' });
  await notice.getByText('Nothing of your data goes with it.').waitFor();
  await page.keyboard.press('Escape');
  await notice.waitFor({ state: 'detached' });
  await told.getByRole('button', { name: 'arXiv 2407.06460' }).waitFor();
  assert.ok(await told.evaluate((element) => element.contains(document.activeElement)), 'the focus is where it was');
  await told.getByRole('button', { name: 'arXiv 2407.06460' }).click();
  const [away] = await Promise.all([context.waitForEvent('page'), notice.getByRole('link', { name: 'Open arxiv.org' }).click()]);
  await away.waitForURL('https://arxiv.org/abs/2407.06460');
  assert.deepEqual(await away.evaluate(() => [globalThis.opener, document.referrer]), [null, '']);
  await away.close();
  await notice.waitFor({ state: 'detached' });
  await told.getByRole('link', { name: 'arXiv 2407.06460' }).waitFor();
  await page.keyboard.press('Escape');
  await told.waitFor({ state: 'hidden' });
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign.filter((address) => !address.startsWith('https://arxiv.org/abs/2407.06460')), [], 'nothing else was asked for');
});

test('the map is walked through, zoomed and filtered by keys and pointer', { timeout: 2 * 60_000 }, async () => {
  const { page, panel, errors } = await withReference();
  const map = panel.locator('.map');
  const dots = map.locator('.dot[data-key]');
  assert.ok((await dots.count()) > 30, 'all methods are drawn');
  assert.equal(await map.locator('.dot[tabindex="0"]').count(), 1, 'one stop for Tab');
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-key'));
  await map.locator('.dot[tabindex="0"]').focus();
  await page.keyboard.press('Home');
  const seen = new Set([await focused()]);
  for (let step = 1; step < (await dots.count()); step += 1) {
    await page.keyboard.press('ArrowRight');
    seen.add(await focused());
  }
  assert.equal(seen.size, await dots.count(), 'the arrow reaches every point');
  assert.match(await panel.locator('.readout').innerText(), /test AUC 0\.\d{4}, forget AUC 0\.\d{4}, reference/);
  const at = () => map.locator('.dot[data-key="original"]').evaluate((element) => Number(element.querySelector('.reach')?.getAttribute('cx')));
  const [before, last] = [await at(), await focused()];
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  assert.notEqual(await at(), before);
  assert.equal(await focused(), last, 'the point stays focused');
  // What is out of the zoomed part comes into it with the focus.
  await page.keyboard.press('Home');
  assert.ok(seen.has(await focused()) && (await focused()) !== last);
  await page.keyboard.press('0');
  assert.equal(await at(), before);
  await panel.getByRole('button', { name: 'Zoom in' }).click();
  assert.notEqual(await at(), before);
  const box = /** @type {{x: number, y: number}} */ (await map.boundingBox());
  const zoomed = await at();
  await page.mouse.move(box.x + 200, box.y + 150);
  await page.mouse.down();
  await page.mouse.move(box.x + 260, box.y + 170, { steps: 4 });
  await page.mouse.up();
  assert.ok((await at()) > zoomed, 'a drag moves it');
  assert.equal(await panel.locator('#compare-card').count(), 0, 'and chooses nothing');
  await panel.getByRole('button', { name: 'Whole map' }).click();

  const legend = panel.getByRole('group', { name: /Families/ });
  await legend.getByRole('button', { name: /Push answers away/ }).click();
  await page.waitForFunction(() => !document.querySelector('.map [data-key^="e2urec/"]'));
  assert.equal(await map.locator('.dot[data-key="retrain"]').count(), 1);
  await legend.getByRole('button', { name: 'Show all' }).click();
  await map.locator('[data-key^="e2urec/"]').first().waitFor({ state: 'attached' });
  await panel.locator('figure').first().getByText('Table', { exact: true }).click();
  const points = panel.getByRole('region', { name: 'Points of the map' }).locator('tbody tr');
  await points.first().waitFor();
  assert.equal(await points.count(), await dots.count());

  await map.locator('.dot[data-key="kga/tuned"], .dot[data-key^="kga/"]').first().focus();
  await page.keyboard.press('Enter');
  await panel.locator('#compare-card').getByRole('heading', { name: 'KGA' }).waitFor();
  assert.deepEqual(errors, []);
});

test('on a phone of 320 px the first tap names a point, the next opens its card, and nothing is cut off', { timeout: 2 * 60_000 }, async () => {
  const { page, panel, errors } = await withReference({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' });
  const map = panel.locator('.map svg');
  await map.scrollIntoViewIfNeeded();
  const point = map.locator('.dot[data-key^="kga/"]').first();
  await watchScrolling(page);
  await point.locator('.reach').tap();
  await panel.locator('.readout').getByText(/KGA, .*: test AUC/).waitFor();
  assert.equal(await panel.locator('#compare-card').count(), 0);
  await point.locator('.reach').tap();
  await panel.locator('#compare-card').getByRole('heading', { name: 'KGA' }).waitFor();
  assert.ok(await isInView(panel.locator('#compare-card')));
  assert.equal(await page.evaluate(() => globalThis.scrolled), 'auto', 'where less motion is wanted, nothing glides');
  // Two fingers apart: the map is nearer, and the page itself is not zoomed.
  const device = await page.context().newCDPSession(page);
  await map.scrollIntoViewIfNeeded();
  const box = /** @type {{x: number, y: number, width: number}} */ (await map.boundingBox());
  const fingers = (apart) => [{ x: box.x + box.width / 2 - apart, y: box.y + 140, id: 1 }, { x: box.x + box.width / 2 + apart, y: box.y + 140, id: 2 }];
  await device.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(20) });
  for (const apart of [30, 45, 60, 75]) await device.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
  await device.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await panel.locator('.map.zoomed').waitFor();
  assert.equal(await page.evaluate(() => globalThis.visualViewport?.scale), 1);
  const help = panel.getByRole('button', { name: 'What forget AUC means' });
  await help.tap();
  const told = panel.getByRole('note', { name: 'What forget AUC means' });
  await told.waitFor();
  const edges = await told.evaluate((element) => [element.getBoundingClientRect().left, document.body.clientWidth - element.getBoundingClientRect().right]);
  assert.ok(edges.every((edge) => edge >= 0), `the popover is within the window: ${edges}`);
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `the page is ${inner} px wide in a window of ${outer} px`);
  assert.deepEqual(errors, []);
});

test('runs made elsewhere stand beside this device’s, known as such; those of other data and those that are there are refused', { timeout: 2 * 60_000 }, async () => {
  const { page, panel, errors } = await withReference();
  const reference = JSON.parse(await readFile(join(root, 'public/reference/ml-latest-small.json'), 'utf8'));
  const row = reference.methods.find((one) => one.id === 'e2urec' && one.setting === 'tuned');
  const made = { ...reference, methods: [{ ...row, seconds: row.seconds / 2, device: 'CPU (another)', test: { ...row.test, auc: row.test.auc - 0.001 }, ranking: { users: 50, candidates: 100, hr_10: 0.5, ndcg_10: 0.25 } }], forget_sets: [], summary: [] };
  const file = (name, value) => ({ name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(value)) });
  assert.equal(await panel.locator('th[data-by="hr_10"]').count(), 0);
  await panel.getByText('Add runs made elsewhere').click();
  const input = panel.getByLabel('Files of runs made elsewhere');
  await input.setInputFiles([file('mine.json', made), file('books.json', { ...made, data: { ...made.data, ratings: 'other' } }), file('reference.json', reference)]);
  await panel.getByText('1 row from elsewhere is in the table.').waitFor();
  await panel.getByText(/“books\.json”: it was measured on other data/).waitFor();
  await panel.getByText(/“reference\.json”: every row of it is in the table already/).waitFor();
  const line = panel.locator('tbody tr', { hasText: 'elsewhere' });
  assert.equal(await line.count(), 1);
  assert.match(await line.innerText(), /elsewhere[\s\S]*mine\.json, CPU \(another\), commit [0-9a-f]{12}/);
  assert.equal(await panel.locator('tr[data-key="e2urec/tuned"]').count(), 1, 'the reference has its line still');
  // A ranking that a row has brings its columns.
  assert.match(await line.innerText(), /0\.500\s+among 100/);
  await panel.locator('th[data-by="ndcg_10"]').waitFor();
  await line.locator('button.name').click();
  await panel.locator('#compare-card').getByText(/Measured: elsewhere: mine\.json/).waitFor();
  assert.equal(hash(page).get('line'), null, 'a line of a file is not in the address');
  // The page's own file, opened again, has nothing new.
  const [saved] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'JSON', exact: true }).click()]);
  await input.setInputFiles({ name: 'saved.json', mimeType: 'application/json', buffer: await readFile(await saved.path()) });
  await panel.getByText(/“saved\.json”: every row of it is in the table already/).waitFor();
  // Dropped on the table itself.
  const dropped = { ...made, methods: made.methods.map((one) => ({ ...one, seed: 9 })) };
  await panel.locator('tr[data-key="e2urec/tuned"]').evaluate((element, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'dropped.json', { type: 'application/json' }));
    for (const type of ['dragover', 'drop']) element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }, JSON.stringify(dropped));
  await panel.getByRole('button', { name: 'Remove the rows of dropped.json' }).click();
  await panel.getByRole('button', { name: 'Remove the rows of mine.json' }).click();
  await line.waitFor({ state: 'detached' });
  assert.equal(await panel.locator('th[data-by="hr_10"]').count(), 0);
  assert.deepEqual(errors, []);
});

test('the address opens the comparison', async () => {
  const { page, errors } = await open(lab);
  await page.goto(`${lab.url}#compare`);
  await page.getByRole('heading', { name: 'Compare the methods.' }).waitFor();
  assert.equal(await page.locator('#panel-forget').isHidden(), true);
  assert.deepEqual(errors, []);
});
