// Nothing leaves: a whole run and one's own data with every request on record, and every way out that we know, tried and seen to fail; each of them
// is also seen to work where the page's locks are taken away, so that a test which sees nothing cannot pass.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, root, start, startKept } from './harness.mjs';
import { PAGE_WAYS, WORKER_WAYS } from './leaks.mjs';
import { without } from './locks.mjs';
import { staticHost, stranger } from './recorder.mjs';

/** @type {string} */
let folder;
before(() => (folder = mkdtempSync(join(tmpdir(), 'unlearn-lab-privacy-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A text in the forms in which it might travel. @param {string} text */
function disguises(text) {
  const bytes = Buffer.from(text);
  // Base64 depends on where in its threes the text begins: what is inside stays.
  const base64 = [0, 1, 2].map((before) => Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').slice(before === 0 ? 0 : 4, -4));
  return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(text, 'utf16le'), Buffer.from([...text].reverse().join('')), ...base64.map((one) => Buffer.from(one))];
}

/** @param {Buffer[]} traffic @param {string} text */
const isIn = (traffic, text) => disguises(text).some((form) => traffic.some((bytes) => bytes.includes(form)));

/** What the browser's own log says: requests with who began them, and every byte that was sent. @param {string} path */
function readLog(path) {
  const text = readFileSync(path, 'utf8');
  // A browser that was ended leaves the list open.
  const { constants, events } = JSON.parse(/\]\s*\}\s*$/.test(text) ? text : `${text.trim().replace(/,$/, '')}]}`);
  const type = Object.fromEntries(Object.entries(constants.logEventTypes).map(([name, id]) => [id, name]));
  const requests = events.filter((event) => type[event.type] === 'URL_REQUEST_START_JOB' && event.params?.url).map(({ params }) => ({ url: params.url, by: params.initiator ?? '' }));
  const sent = events.filter((event) => /BYTES_SENT$/.test(type[event.type]) && event.params?.bytes).map(({ params }) => Buffer.from(params.bytes, 'base64'));
  return { requests, sent: [...sent, Buffer.from(requests.map(({ url }) => url).join('\n'))], names: events.map((event) => event.params?.host ?? '').join('\n') };
}

test('a whole run, and learning from own files, ask nobody but the host for anything but the page', { timeout: 8 * 60_000 }, async () => {
  const CANARY = { title: 'Kanarienvogel-Quastenflosser', user: '918273645', sent: 'Wellensittich-Mauersegler' };
  const host = await staticHost();
  const { context, log } = await startKept(join(folder, 'run'));
  const lab = { url: host.url, browser: { newContext: async () => context } };
  const { page, errors, foreign } = await open(/** @type {any} */ (lab));
  await context.route((url) => url.origin !== new URL(host.url).origin, (route) => route.abort());
  await load(/** @type {any} */ (lab), page);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.waitForFunction(async () => (await globalThis.unlearnLab.requests()).some(({ by }) => by === 'offline copy'));
  const before = host.seen.length;

  const data = join(root, 'public/data/ml-latest-small');
  const [head, ...rows] = readFileSync(join(data, 'ratings.csv'), 'utf8').trimEnd().split('\n');
  const some = rows.filter((row) => Number(row.split(',', 1)[0]) <= 40).map((row) => row.replace(/^7,/, `${CANARY.user},`));
  assert.ok(some.some((row) => row.startsWith(CANARY.user)), 'the canary is among the people');
  const files = { 'ratings.csv': [head, ...some, ''].join('\n'), 'movies.csv': readFileSync(join(data, 'movies.csv'), 'utf8').replaceAll(/^(\d+),("?)/gm, `$1,$2${CANARY.title} `) };
  const done = await page.evaluate(
    async ({ texts, user }) => {
      const lab = globalThis.unlearnLab;
      const shipped = await lab.run({ method: 'e2urec', forget: { users: [42] }, steps: 5, device: 'cpu' });
      const given = Object.entries(texts).map(([name, text]) => ({ name, bytes: new TextEncoder().encode(text) }));
      await lab.train({ files: given, device: 'cpu' });
      const own = await lab.run({ forget: { users: [user] }, steps: 3, device: 'cpu' });
      const { before } = await lab.recommend({ user });
      return { shipped: shipped.methods.map(({ id }) => id), own: own.methods.map(({ id }) => id), title: before[0].title };
    },
    { texts: files, user: Number(CANARY.user) },
  );
  assert.ok(done.shipped.includes('e2urec') && done.own.includes('e2urec'), JSON.stringify(done));
  assert.match(done.title, new RegExp(CANARY.title), 'the canary was in what the model learned from');
  assert.equal(host.seen.length, before, `once loaded, nothing is asked for: ${host.seen.slice(before).map(({ url }) => url).join(', ')}`);
  assert.deepEqual([errors, foreign], [[], []]);
  // The control: something of one's own that is sent, by another page to another host that records in the same way, is found.
  await context.unrouteAll();
  const control = await staticHost();
  const beside = await context.newPage();
  await beside.goto(`${control.url}icons/icon.svg`);
  await beside.evaluate((text) => fetch(`./control?${btoa(`.${text}`)}`, { method: 'POST', body: text }), CANARY.sent);
  await context.close();
  await Promise.all([host.close(), control.close()]);

  const { requests, sent } = readLog(log);
  const { origin } = new URL(host.url);
  const ours = requests.filter(({ url, by }) => by === origin || url.startsWith(origin));
  assert.ok(ours.length > 20, 'the log has the requests of the page');
  assert.deepEqual(ours.filter(({ url }) => !url.startsWith(host.url) && !/^(blob|data):/.test(url)), [], 'requests of the page to elsewhere');
  assert.deepEqual(ours.filter(({ url }) => url.includes('?')), [], 'nothing is put into addresses');
  const written = [...host.seen, ...control.seen].map(({ url, headers, body }) => Buffer.concat([Buffer.from(`${url}\n${headers}\n`), body]));
  for (const [where, traffic] of /** @type {const} */ ([['the host', written], ['the browser’s log', sent]])) {
    assert.ok(isIn(traffic, CANARY.sent), `the control is found by ${where}`);
    for (const text of [CANARY.title, CANARY.user]) assert.ok(!isIn(traffic, text), `${where} saw ${text}`);
  }
  const bodies = host.seen.filter(({ method, url }) => method !== 'GET');
  assert.deepEqual(bodies, [], 'nothing but GET reaches the host');
});

/**
 * Tries every way out.
 * @param {string} name of the browser's folder
 * @param {((path: string, bytes: Buffer) => Buffer) | undefined} edit
 * @returns {Promise<string[]>} those by which the stranger was reached
 */
async function tryAll(name, edit) {
  const host = await staticHost({ edit });
  const other = await stranger();
  const { context, log } = await startKept(join(folder, name));
  const ready = async () => {
    const page = await context.newPage();
    await page.goto(host.url);
    await page.waitForFunction(() => globalThis.unlearnLab);
    await page.evaluate(() => globalThis.unlearnLab.ready);
    return page;
  };
  const page = await ready();
  const reached = [];
  const named = [];
  for (const [way, { sign, leaves, run }] of [...Object.entries(PAGE_WAYS), ...Object.entries(WORKER_WAYS)]) {
    other.hits.length = 0;
    const place = leaves ? await ready() : page;
    const where = way in WORKER_WAYS ? place.workers()[0] : place;
    const to = { url: other.url, stun: other.stun, name: `canary-${name}.example` };
    // What fails at once fails; what hangs has a moment to arrive.
    await where.evaluate(`Promise.race([new Promise((end) => setTimeout(end, 600)), (async () => (${run})(${JSON.stringify(to)}))().catch(() => {})])`).catch(() => {});
    await new Promise((end) => setTimeout(end, 400));
    if (sign === 'name') named.push([way, to.name]);
    else if (sign ? other.hits.includes(sign) : other.hits.some((hit) => hit.startsWith(`/${way}`))) reached.push(way);
    if (leaves) await place.close();
  }
  await context.close();
  await Promise.all([host.close(), other.close()]);
  const { names } = readLog(log);
  return [...reached, ...named.flatMap(([way, host]) => (names.includes(host) ? [way] : []))].sort();
}

const ways = { ...PAGE_WAYS, ...WORKER_WAYS };
const every = Object.keys(ways).sort();

test('a page that cannot give up a way out does not start', { timeout: 4 * 60_000 }, async () => {
  const host = await staticHost({});
  const { context } = await startKept(join(folder, 'kept'));
  const kept = ['WebSocket', 'EventSource', 'RTCPeerConnection', 'XMLHttpRequest', 'Navigator.prototype.sendBeacon', 'Document.prototype.createElement', 'open'];
  for (const name of kept) {
    const page = await context.newPage();
    await page.addInitScript((path) => {
      const parts = path.split('.');
      const last = parts.pop();
      const owner = parts.reduce((at, part) => at[part], globalThis);
      Object.defineProperty(owner, last, { value: owner[last], configurable: false, writable: false });
    }, name);
    await page.goto(host.url);
    await page.getByText('Unlearn Lab did not start').waitFor();
    assert.deepEqual(await page.evaluate(() => [typeof globalThis.unlearnLab, performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.wasm')).length]), ['undefined', 0], name);
    assert.equal(page.workers().length, 0, `${name}: no worker was started`);
    await page.close();
  }
  await context.close();
  await host.close();
});

test('no way out that we know reaches another site', { timeout: 4 * 60_000 }, async () => {
  assert.deepEqual(await tryAll('shipped', undefined), []);
});

test('the policy alone blocks what it has a word for, in workers too, with no header from the host', { timeout: 4 * 60_000 }, async () => {
  assert.deepEqual(await tryAll('policy', without.guard), every.filter((way) => ways[way].by === 'guard'));
});

test('the control: without policy and guard, each of these ways does reach it', { timeout: 4 * 60_000 }, async () => {
  assert.deepEqual(await tryAll('bare', without.all), every);
});

test('once the offline copy is made, not even the host is told more than which of its files are wanted', { timeout: 3 * 60_000 }, async () => {
  const host = await staticHost();
  const lab = await start();
  const { page } = await open({ ...lab, url: host.url });
  await load({ ...lab, url: host.url }, page);
  const ask = () =>
    page.evaluate(async () => {
      const done = await Promise.all(['./nowhere?secret=1', './data/goodbooks-10k/LICENSE?secret=2', '/elsewhere?secret=3'].map((url) => fetch(url).then(({ status }) => status, () => 'refused')));
      await fetch('./index.html', { method: 'POST', body: 'secret=4' }).catch(() => {});
      return done;
    });
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  host.seen.length = 0;
  assert.deepEqual(await ask(), ['refused', 200, 'refused'], 'what is no file of the page is refused');
  assert.deepEqual(host.seen.map(({ method, url }) => `${method} ${url}`), ['GET /sub/path/data/goodbooks-10k/LICENSE'], 'a file of the page is asked for by its bare address');
  const seen = await page.evaluate(() => globalThis.unlearnLab.requests());
  assert.ok(seen.filter(({ from }) => from === 'blocked').length >= 3, 'the list shows what was refused');
  await page.context().close();

  const { page: bare, context } = await open({ ...lab, url: host.url }, { serviceWorkers: 'block' });
  await load({ ...lab, url: host.url }, bare);
  await bare.evaluate(() => fetch('./nowhere?secret=1'));
  assert.ok(host.seen.some(({ url }) => url === '/sub/path/nowhere?secret=1'), 'the control: without the copy it arrives');
  await context.close();
  await Promise.all([host.close(), lab.close()]);
});

test('the policy stands in the page’s own server’s headers, and a file with another hash is not used', { timeout: 3 * 60_000 }, async () => {
  const lab = await start();
  const { headers } = await fetch(lab.url).then((response) => ({ headers: Object.fromEntries(response.headers) }));
  for (const directive of ["default-src 'none'", "connect-src 'self'", "require-trusted-types-for 'script'"]) {
    assert.ok(headers['content-security-policy']?.includes(directive), directive);
  }
  assert.deepEqual([headers['referrer-policy'], headers['cross-origin-opener-policy'], headers['cross-origin-embedder-policy'], headers['cross-origin-resource-policy']], ['no-referrer', 'same-origin', 'require-corp', 'same-origin']);
  for (const [damaged, at] of /** @type {const} */ ([['wasm/cpu/unlearn_web_bg.wasm', -100], ['models/nano-ml-latest-small/model.safetensors', -100], ['data/ml-latest-small/ratings.bin', 100]])) {
    const host = await staticHost({ edit: (path, bytes) => (path === damaged ? Buffer.from(bytes.with(at, bytes.at(at) ^ 1)) : bytes) });
    const { page, context } = await open({ ...lab, url: host.url });
    await page.goto(host.url);
    await page.waitForFunction(() => globalThis.unlearnLab !== undefined);
    const error = await page.evaluate(() => globalThis.unlearnLab.ready.then(() => null, ({ code, message, todo }) => ({ code, message, todo })));
    assert.equal(error?.code, 'assets', `${damaged}: ${JSON.stringify(error)}`);
    assert.match(error.message, new RegExp(`${damaged}: sha256 must be [0-9a-f]{64}, got [0-9a-f]{64}`));
    assert.equal(await page.evaluate(() => navigator.serviceWorker.getRegistrations().then(({ length }) => length)), 0, 'nothing of it is kept');
    await context.close();
    await host.close();
  }
  await lab.close();
});
