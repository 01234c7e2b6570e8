// Any address and any value given to the script interface: what comes of it is a result or a LabError of a documented code, never a fault of the page.
//
// Seeded, two CPU seconds a property; longer by `UNLEARN_FUZZ_SECONDS=600 UNLEARN_FUZZ_SEED=7 node --test tests/web/fuzz.test.mjs`. A failure names its seed
// and number: with `UNLEARN_FUZZ_FROM` the next run begins there.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { addressOfTab, addressWith, wishesOf } from '../../web/js/app/address.js';
import { nameWithin } from '../../web/js/platform/file-name.js';
import { method, part } from './helpers.mjs';

const SECONDS = Number(process.env.UNLEARN_FUZZ_SECONDS ?? 2);
const SEED = Number(process.env.UNLEARN_FUZZ_SEED ?? 1);
const FROM = Number(process.env.UNLEARN_FUZZ_FROM ?? 0);
const TABS = /** @type {const} */ (['forget', 'compare', 'attacks', 'models', 'runs', 'you']);
/** The codes of API.md that a value can bring about. */
const CODES = ['setting', 'busy', 'checkpoint'];

/** mulberry32 of a seed and a number. */
function randomOf(number) {
  let state = (SEED * 0x9e3779b1 + number * 0x85ebca6b) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, one: (list) => list[below(list.length)] };
}

/** Seconds of CPU time so far. */
const spent = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;

/** Tries a property until its CPU time is over. */
async function fuzz(name, property) {
  const until = spent() + SECONDS;
  let number = FROM;
  for (; number === FROM || spent() < until; number += 1) {
    try {
      await property(randomOf(number));
    } catch (error) {
      error.message = `${name}: seed ${SEED}, number ${number}: ${error.message}`;
      throw error;
    }
  }
  console.log(`${name}: ${number - FROM} inputs`);
}

const PIECES = [
  'data', 'model', 'compare', 'models', 'what', '=', '&', '?', '#', '/', '//', '..', '%', '%00', '%E0%A4', '%2f', '%2e%2e', '+', ' ', ':', '@', '\\', '"', '<script>', 'javascript:', '\u0000', '\ud800', 'é', '漢',
  '\u202e', '__proto__', 'constructor', 'ml-latest-small', 'goodbooks-10k', 'nano', 'a'.repeat(300), '[', ']', '{', ';', '&amp;', 'data=ml-latest-small', '#compare', '\n', '\t',
];
const textOf = ({ below, one }) => Array.from({ length: below(8) }, () => one(PIECES)).join('');
const FOLDERS = ['http://localhost:8080/', 'https://a.example//b/', 'https://a.example/my%20folder/', 'https://a.example/%E0%A4/x/', 'https://a.example/ü/', 'https://[::1]/', 'https://a.example/a/@b/;c/'];

test('any address is understood or passed over', async () => {
  await fuzz('address', (random) => {
    const folder = new URL(random.one(FOLDERS)).href;
    const { href } = new URL(`?${textOf(random)}#${random.one(['', 'compare', 'models', 'what', textOf(random)])}`, folder);
    const wishes = wishesOf(href);
    assert.ok([null, ...TABS].includes(wishes.tab));
    // The browser refuses an address of another host, and the page would stop there.
    const { origin, pathname } = new URL(folder);
    const next = addressWith(href, { data: random.one([null, textOf(random)]), model: random.one([null, textOf(random)]) });
    for (const made of [next, ...TABS.map((tab) => addressOfTab(href, tab))]) {
      assert.deepEqual([new URL(made).origin, new URL(made).pathname], [origin, pathname], made);
    }
    const [data, model] = [textOf(random).toWellFormed(), textOf(random).toWellFormed()];
    const noted = wishesOf(addressWith(href, { data, model }));
    assert.deepEqual([noted.data, noted.model], [data, model || null], 'what was noted is found again');
    for (const tab of TABS) {
      assert.deepEqual(wishesOf(addressOfTab(href, tab)), { ...wishes, tab }, 'a tab changes nothing else');
    }
  });
});

test('a file has its name in every folder', async () => {
  await fuzz('files', (random) => {
    const folder = new URL(random.one(FOLDERS)).href;
    const name = random.one(['app.js', 'wasm/cpu/unlearn_web_bg.wasm', 'data/ml-latest-small/ratings.csv']);
    assert.equal(nameWithin(new URL(name, folder).href, folder), name);
    assert.equal(typeof nameWithin(new URL(`./${textOf(random)}`, folder).href, folder), 'string');
  });
});

// The script interface on the real queue of commands; the worker copies its messages as browsers do, and knows the numbers that the engine takes.

Object.assign(globalThis, { PAGE_VERSION: 'test' });
globalThis.document ??= part({ baseURI: 'http://localhost/' });
const site = {
  'assets.json': JSON.stringify({ sets: [{ key: 'ml-latest-small', model: { name: 'nano-ml-latest-small', files: [] }, data: { files: [] } }] }),
  'models.json': JSON.stringify({ models: [{ name: 'nano-ml-latest-small', set: 'ml-latest-small', facts: {}, sha256: '', files: [] }, { name: 'small', set: null, facts: { kind: 'text' }, sha256: '', files: [] }] }),
};
site['integrity.json'] = JSON.stringify({ version: 'test', files: Object.fromEntries(Object.entries(site).map(([name, text]) => [name, { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }])) });
/** Storage in which nothing lies and everything can be deleted. */
const folder = { getDirectoryHandle: async () => folder, removeEntry: async () => {}, async *values() {}, async *entries() {} };
Object.defineProperty(globalThis, 'navigator', { value: { storage: { getDirectory: async () => folder } }, configurable: true });
globalThis.fetch = async (url) => new Response(site[String(url).split('/').pop()] ?? '', { status: site[String(url).split('/').pop()] ? 200 : 404 });
const isU32 = (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
globalThis.Worker = part(class {
  listeners = [];
  addEventListener(type, listener) {
    if (type === 'message') this.listeners.push(listener);
  }
  postMessage(message) {
    const data = structuredClone(message);
    if (data.control) return;
    const { id, command } = data;
    // The worker that stores models: done at once.
    if (!command) return void setImmediate(() => this.listeners.forEach((listener) => listener({ data: {}, stopImmediatePropagation() {} })));
    const wrong = command.request && !(isU32(command.request.seed) && (command.type.startsWith('attack') ? command.request.attacks.every((id) => typeof id === 'string') : typeof command.request.method === 'string'));
    const answers = { run: { type: 'report', report: { methods: [] } }, retrain: { type: 'report', report: { methods: [] } }, select: { type: 'selection', steps: 1, seconds: 1 }, user: { type: 'user' }, recommend: { type: 'recommendations' }, explain: { type: 'prompt' }, adapter: { type: 'adapter', files: [] }, attack_table: { type: 'attack_table', attacks: [{ entry: { id: 'loss', params: [] } }] }, attack: { type: 'attacks', report: { findings: [{ id: 'loss' }] } }, train: { type: 'loaded' }, reset: { type: 'done' } };
    const reply = wrong ? { id, error: { message: 'not a command', code: 'message', kept: null, todo: null } } : { id, reply: answers[command.type] };
    setImmediate(() => this.listeners.forEach((listener) => listener({ data: reply, stopImmediatePropagation() {} })));
  }
  terminate() {}
});
const { createApi } = await import('../../web/js/api/api.js');
const { LabError } = await import('../../web/js/platform/errors.js');
const { createDispatch } = await import('../../web/js/app/dispatch.js');
const { createStore } = await import('../../web/js/app/store.js');
const { WorkerClient } = await import('../../web/js/engine/worker-client.js');

function lab() {
  const client = new WorkerClient('cpu', () => {});
  const engine = {
    status: () => ({}),
    would: () => 'cpu',
    resolve: async () => 'cpu',
    prepare: async () => {},
    openFor: async () => 'cpu',
    ownsModel: () => false,
    running: () => ['cpu'],
    loaded: () => ({ methods: [method], genres: [], about: { kind: 'items' } }),
    send: (_, command, _answer, onEvent) => client.send(command, onEvent),
    train: ({ files, read, seed, epochs, folds }) => client.send({ type: 'train', data: files, read, seed, epochs, folds }),
    model: async () => 'nano-ml-latest-small',
    package: async () => [],
    dataset: async () => 'ml-latest-small',
    change: async () => ({}),
    control: () => {},
  };
  // The page's state follows every event, whatever a script gave.
  return createApi(part(engine), Promise.resolve(part({})), createDispatch(createStore(() => {}, () => {})));
}

const FIELDS = ['method', 'forget', 'params', 'steps', 'seed', 'attacks', 'onFinding', 'device', 'evalEvery', 'onEvent', 'signal', 'methods', 'seeds', 'onRow', 'user', 'item', 'k', 'data', 'files', 'epochs', 'name', 'bytes', 'quantisation', 'template', 'users', 'items', 'genre', 'interactions', 'standard', 'percent', 'shuffle', 'alpha', '__proto__', 'constructor', 'toString'];
const ODD = [
  null, undefined, 0, -1, 1, 7, 2 ** 32, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 1n, true, false, '', 'e2urec', 'e2urec/tuned', 'ml-latest-small', 'nano-ml-latest-small', 'small', 'cpu', 'auto', 'webgpu', 'Horror', '__proto__', 'a'.repeat(5000), '\ud800', Symbol('s'),
  () => 1, class {}, new Map(), new Set([1]), new Date(0), new Date(Number.NaN), /x/, new Uint8Array(3), new ArrayBuffer(2), Object.create(null), Promise.resolve(1), new Error('x'), new WeakMap(), { toString: null }, { valueOf: 3, toString: 4 },
];

/** Any value: odd ones, and lists and objects of them whose fields are often those that are known. */
function valueOf(random, depth = 0) {
  const kind = depth > 3 ? 0 : random.below(4);
  if (kind < 2) return random.one(ODD);
  const inside = Array.from({ length: random.below(4) }, () => [random.one(FIELDS), valueOf(random, depth + 1)]);
  return kind === 2 ? inside.map(([, value]) => value) : Object.fromEntries(inside);
}

const CALLS = ['interrupted', 'continueRun', 'discardRun', 'run', 'retrain', 'compare', 'attack', 'attackTable', 'load', 'train', 'useModel', 'downloadModel', 'pauseModel', 'cancelModel', 'importModel', 'deleteModel', 'explain', 'select', 'user', 'recommend', 'mergeModel', 'adapter', 'reset', 'requests'];
const RUN = { method: 'e2urec', forget: { users: [7] }, params: { alpha: 1 }, steps: 2, seed: 1, device: 'cpu', evalEvery: 0 };
const FILES = [{ name: 'model.gguf', bytes: new Uint8Array(2) }];
/** What each call takes. */
const SOUND = {
  run: [RUN], retrain: [{ forget: { genre: 'Horror' }, seed: 1 }], select: [{ forget: { interactions: [[1, 2], [3, 4]] } }], attack: [{ attacks: ['loss'], params: { shadow: { steps: 2 } }, seed: 1 }], attackTable: [{ attacks: ['loss'] }], compare: [{ methods: ['e2urec/tuned', { method: 'e2urec', preset: 'published' }], seeds: [1], forget: { percent: 20, shuffle: 3 } }],
  load: [{ data: 'ml-latest-small' }], train: [{ files: FILES, seed: 1, epochs: 1 }], useModel: ['small', {}], downloadModel: ['small', {}], importModel: [FILES, { name: 'mine', quantisation: 'q8', template: 'simple' }], explain: [{ user: 1, item: 2 }],
  continueRun: ['1-2', { device: 'cpu' }], discardRun: ['1-2'], user: [1], recommend: [{ user: 1, k: 3 }], mergeModel: [{ name: 'merged', quantisation: 'q4' }],
};

/** A value with one of its places changed. */
function changed(random, value) {
  const keys = typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? Object.keys(value) : [];
  if (keys.length === 0 || random.below(4) === 0) return valueOf(random, 3);
  const key = random.one(keys);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = changed(random, value[key]);
  return copy;
}

test('any value given to the script interface is answered or refused by a documented error', async () => {
  const api = lab();
  let refused = 0;
  let answered = 0;
  await fuzz('script interface', async (random) => {
    const call = random.one(CALLS);
    const sound = SOUND[call];
    const given = sound && random.below(3) > 0 ? sound.map((value) => (random.below(2) === 0 ? value : changed(random, value))) : [valueOf(random), valueOf(random)].slice(0, random.below(3));
    try {
      await api[call](...given);
      answered += 1;
    } catch (error) {
      assert.ok(error instanceof LabError, `${call}: ${error?.stack ?? error}`);
      assert.ok(CODES.includes(error.code), `${call}: code ${error.code}: ${error.message}`);
      assert.ok(error.message.length < 1000 && error.kept && error.todo, `${call}: ${error.message}`);
      refused += 1;
    }
    assert.deepEqual(await api.user(1), { type: 'user' }, `${call} left the engine's queue standing`);
  });
  assert.ok(refused > 0 && answered > 0, `${refused} refused, ${answered} answered`);
});

/** A value as a file can hold it: bigger than any number, nested, named like what objects have. */
const IN_FILES = ['null', 'true', '0', '-1', '0.5', '1e999', '-1e999', '""', '"e2urec"', '"__proto__"', '[]', '{}', '[[1]]', '{"auc":2}', '{"__proto__":{"auc":1}}', '{"toString":1}', `"${'a'.repeat(500)}"`, '[null]', '{"standard":true}'];
const hashes = { ratings: 'aa', metadata: 'bb' };
const figures = { auc: 0.5, acc: 0.5, logloss: 0.5, ece: 0.1 };
const line = { id: 'e2urec', seed: 1, label: 'E2URec', setting: 'tuned', forget_set: 'standard', params: { alpha: 1 }, test: figures, forget: { ...figures, jsd: 0.1, mia_auc: 0.5 }, neighbour: figures, fairness: { gap: 0.1 }, ranking: { candidates: 100, hr_10: 0.5 }, seconds: 1, device: 'cpu', source: 'this device', gap_closed: 0.5 };
const TABLE = { version: 1, dataset: 'd', data: hashes, model: 'm', model_manifest_sha256: 'cc', methods: [line, { ...line, id: 'retrain', seed: 2 }], forget_sets: [{ name: 'standard', sizes: { forget: 12 }, references: [{ ...line, id: 'original' }, { ...line, id: 'retrain' }] }], created_with: { version: '1', git_commit: 'abc', date: '2026' } };
const REPORT = { version: 1, dataset: 'd', data: hashes, model: 'm', device: 'cpu', request: { method: 'e2urec', forget: { users: [7] }, params: {}, steps: 3, seed: 1 }, methods: [{ ...line, id: 'original' }, line], gap_closed: 0.5 };

test('any file of runs made elsewhere gives rows that the table can show, or is refused with the reason', async () => {
  const { readElsewhere } = await import('../../web/js/features/compare/elsewhere.js');
  const { linesOf, toCsv, COLUMNS, cellText, sourceText } = await import('../../web/js/features/compare/table-data.js');
  const { layoutOf } = await import('../../web/js/features/compare/plot-layout.js');
  const loaded = part({ dataset: 'd', data: hashes, model: 'm', methods: [method], shipped: [{ ...line, id: 'original' }], sizes: { forget: 12 } });
  let [refused, taken] = [0, 0];
  await fuzz('files of runs', (random) => {
    const hole = '"HOLE"';
    const spoil = (/** @type {any} */ value) => {
      if (typeof value !== 'object' || value === null || random.below(4) === 0) return 'HOLE';
      const key = random.one(Object.keys(value).length > 0 ? Object.keys(value) : ['x']);
      const copy = Array.isArray(value) ? [...value] : { ...value };
      copy[key] = spoil(value[key]);
      return copy;
    };
    let text = JSON.stringify(spoil(random.one([TABLE, REPORT, { datasets: [TABLE] }, { report: REPORT, cell: { manifest: 'cc' }, host: {} }])));
    if (random.below(3) === 0) text = JSON.stringify(spoil(JSON.parse(text)));
    text = text.replaceAll(hole, () => random.one(IN_FILES));
    if (random.below(20) === 0) text = text.slice(0, random.below(text.length));
    try {
      const { rows, notes } = readElsewhere(text, { id: 'f', name: 'f.json' }, { loaded, manifest: 'cc', known: [] });
      const lines = linesOf({ rows: [], reference: null, opened: rows, methods: [method] });
      for (const one of lines) {
        assert.equal(one.origin, 'elsewhere');
        for (const column of COLUMNS) assert.doesNotMatch(cellText(column, one.figures[column.id]).value, /NaN|undefined|object/);
        assert.ok(sourceText(one).length < 1000);
      }
      for (const { cx, cy } of layoutOf(lines, { width: 300 }).points) assert.ok(Number.isFinite(cx) && Number.isFinite(cy));
      toCsv(lines, null, null);
      assert.ok(notes.every((note) => typeof note === 'string'));
      taken += 1;
    } catch (error) {
      assert.ok(error instanceof LabError, `${text.slice(0, 2000)}: ${error?.stack ?? error}`);
      assert.ok(error.code === 'elsewhere' && error.message.length < 1000 && error.kept && error.todo, error.message);
      refused += 1;
    }
  });
  assert.ok(refused > 0 && taken > 0, `${refused} refused, ${taken} taken`);
});
