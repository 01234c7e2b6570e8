// API.md against the types: every call, option, event and field is in both.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

Object.assign(globalThis, { PAGE_VERSION: 'test' });
const { createApi } = await import('../../web/js/api/api.js');

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../web/${path}`, import.meta.url), 'utf8');
/** Without comments. */
const TYPES = ['js/api/types.d.ts', 'js/types.d.ts', 'js/generated/unlearn_web.d.ts'].map(read).map((text) => text.replace(/\/\*[^]*?\*\//g, ''));
const document = read('API.md');

/** Parts of a text between a separator that is in no bracket. @param {string} text @param {string} separator */
function split(text, separator) {
  const parts = [''];
  let depth = 0;
  for (const sign of text) {
    depth += Number('{[(<'.includes(sign)) - Number('}])>'.includes(sign));
    if (sign === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}

const sorted = (/** @type {Iterable<string>} */ names) => [...new Set(names)].sort();
/** Names of the members between braces, as TypeScript has them. @param {string} body */
const members = (body) => split(body.replace(/=>/g, '→').replaceAll('\n', ' '), ';').map((part) => /^(?:readonly )?(\w+)/.exec(part)?.[1] ?? '');

/** The declaration of a type. @param {string} name */
function declared(name) {
  for (const text of TYPES) {
    const [, of, body] = new RegExp(`export interface ${name}(?: extends (\\w+))? {([^]*?)\\n}`).exec(text) ?? [];
    if (body !== undefined) return sorted([...(of ? declared(of) : []), ...members(body)]);
  }
  throw new Error(`no type ${name}`);
}

/** The members of a union of objects, by their `type`. @param {string} name */
function union(name) {
  const [, text] = new RegExp(`export type ${name} = (.*);\n`).exec(TYPES.at(-1) ?? '') ?? [];
  return new Map(split(text ?? '', '|').map((one) => {
    const fields = members(one.slice(1, -1));
    return [/type: "(\w+)"/.exec(one)?.[1] ?? '', sorted(fields.filter((field) => field !== 'type'))];
  }));
}

/** The part below a heading that begins so. @param {string} heading */
function section(heading) {
  const start = document.indexOf(`\n${heading}`);
  assert.ok(start >= 0, `API.md has no heading “${heading}”`);
  const rest = document.slice(start + 1);
  return rest.slice(0, /\n#/.exec(rest.slice(1))?.index ?? rest.length);
}

/** Cells of a section's tables, without their heads. @param {string} text */
const rows = (text) => [...text.matchAll(/^\|(?!--)(.*)\|$(?!\n\|--)/gm)].map(([, row]) => split(row.replaceAll('\\|', '¦'), '|'));
const named = (/** @type {string} */ cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name);
/** What the first column names. @param {string} text */
const firstColumn = (text) => sorted(rows(text).flatMap(([cell]) => named(cell)));

/** The names in the braces that stand behind some words. @param {string} words */
function shape(words) {
  const start = document.indexOf(`${words}\`{`) + words.length + 2;
  assert.ok(start > words.length + 1, `API.md has no “${words}\`{…}\`”`);
  const text = document.slice(start);
  let depth = 1;
  let end = 0;
  for (; depth > 0; end += 1) depth += Number('{'.includes(text[end])) - Number('}'.includes(text[end]));
  return sorted(split(text.slice(0, end - 1), ',').map((part) => part.split(':')[0].trim()));
}

test('the tables of options have every option, and no other', () => {
  assert.deepEqual(firstColumn(section('## `run(options)')), declared('RunOptions'));
  assert.deepEqual(firstColumn(section('## `compare(options)')), declared('CompareOptions'));
  assert.deepEqual(firstColumn(section('## `attack(options)')), declared('AttackOptions'));
  const [, readFields] = section('## Own data').split('`read` says');
  assert.deepEqual(firstColumn(readFields), declared('ReadSpec'));
  const [, forget] = rows(section('## `run(options)')).find(([cell]) => cell === '`forget`') ?? [];
  assert.deepEqual(sorted([...forget.matchAll(/(?<=[{ ])(\w+):/g)].map(([, name]) => name)), declared('ForgetSpec'));
});

test('every event and its fields', () => {
  const table = new Map(rows(section('### Events')).map(([type, fields]) => [named(type)[0], fields]));
  const events = union('Event');
  assert.deepEqual(sorted(table.keys()), sorted(events.keys()));
  // In brackets stand the values that a field can have.
  for (const [type, fields] of events) assert.deepEqual(sorted(named((table.get(type) ?? '').split(/;|, as /)[0].replace(/\([^)]*\)/g, '')).filter((name) => name !== 'evalEvery')), fields, type);
  assert.deepEqual(shape('`steps`, a list of '), declared('LossTerms'));
  const phases = /export type Phase = (.*);/.exec(TYPES.at(-1) ?? '')?.[1].match(/\w+/g);
  assert.deepEqual(sorted(named(/\(([^)]*)\)/.exec(table.get('progress') ?? '')?.[1] ?? '')), sorted(phases ?? []));
});

test('every field of what calls resolve to', () => {
  const loaded = union('Reply');
  assert.deepEqual(shape('promise of what is loaded: '), loaded.get('loaded'));
  assert.deepEqual(shape('without running it: '), loaded.get('selection'));
  for (const [words, type] of [
    ['A report is ', 'Report'],
    ['A row of `methods` is ', 'MethodFigures'],
    ['`neighbour` are\n', 'Quality'],
    ['`forget` is ', 'ForgetFigures'],
    ['rows of each set: ', 'SetSizes'],
    ['| `expected` | ', 'Expectation'],
    ['| `calibration` | ', 'Calibration'],
    ['| `proxy` | ', 'Proxy'],
    ['a user is ', 'UserSummary'],
    ['a genre is ', 'GenreSummary'],
    ['a method ', 'MethodEntry'],
    ['`about` is ', 'ModelFacts'],
    ['is the memory of a step, ', 'StepMemory'],
    ['A row is ', 'CompareRow'],
    ['The report is ', 'AttackReport'],
    ['A finding is ', 'Finding'],
    ['`look` resolves to ', 'Look'],
    ['oldest first, each ', 'UserRow'],
    ['| `ownFiles()` | ', 'KeptOwn'],
    ['| `device()` (no promise) | ', 'DeviceStatus'],
    ['}`, each ', 'EngineStatus'],
    ['a check is ', 'Check'],
  ]) assert.deepEqual(shape(words), declared(type), type);
  const listed = (/** @type {string} */ call) => sorted(split(/`\[\{([^}]*)\}\]`/.exec(rows(document).find(([cell]) => cell.includes(`\`${call}`))?.[1] ?? '')?.[1] ?? '', ','));
  assert.deepEqual(listed('models()'), declared('ModelEntry'));
  assert.deepEqual(listed('interrupted()'), declared('InterruptedRun'));
  assert.deepEqual(listed('requests()'), sorted([...read('js/platform/request-observer.js').matchAll(/@property \{.*\} (\w+)/g)].map(([, name]) => name)));
});

test('every call, of the interface and of what makes it', () => {
  const calls = declared('Api');
  const api = createApi(/** @type {any} */ ({}), Promise.resolve(/** @type {any} */ ({})), () => {});
  assert.deepEqual(sorted(Object.keys(api)), calls);
  const first = (/** @type {string} */ text) => rows(text).flatMap(([cell]) => [...cell.matchAll(/`(\w+)\(/g)].map(([, name]) => name));
  const headings = [...document.matchAll(/^## `(\w+)\(/gm)].map(([, name]) => name);
  const controls = [...(section('## Controlling a run').split('\n\n')[0]).matchAll(/`(\w+)\(\)`/g)].map(([, name]) => name);
  assert.deepEqual(sorted([...first(document), ...headings, ...controls, ...firstColumn(section('## Properties'))]), calls);
});

test('what is missing on either side is found', () => {
  assert.deepEqual(members(' a?: number; b(c: { d: string; e: 1 }): void; readonly f: (g: string) => void '), ['a', 'b', 'f']);
  assert.deepEqual(split('a, {b, c}, [d, e]', ','), ['a', '{b, c}', '[d, e]']);
  assert.throws(() => declared('Nothing'));
  assert.ok(declared('RunOptions').length > 5 && union('Event').size > 3 && declared('Api').length > 30);
});
