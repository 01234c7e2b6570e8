// The style sheets keep to their tokens: a few sizes of text, a few radii, and colours that have names.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('../../web/css/', import.meta.url);
const sheets = readdirSync(folder).filter((name) => name.endsWith('.css')).map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8').replace(/\/\*.*?\*\//gs, '') }));

/** Every value of these properties, with the sheet it is in. @param {RegExp} property */
const valuesOf = (property) => sheets.filter(({ name }) => name !== 'tokens.css').flatMap(({ name, text }) => [...text.matchAll(property)].map(([, value]) => `${name}: ${value.trim()}`));

test('text has one of seven sizes, in rem', () => {
  const tokens = sheets.find(({ name }) => name === 'tokens.css')?.text ?? '';
  const sizes = [...tokens.matchAll(/--text-\d: ([^;]+);/g)].map(([, value]) => value);
  assert.equal(sizes.length, 7);
  for (const size of sizes) assert.match(size, /rem/);
  assert.deepEqual(valuesOf(/font-size: ([^;]+);/g).filter((one) => !/: (var\(--text-[1-7]\)|inherit)$/.test(one)), []);
  assert.deepEqual(valuesOf(/font: ([^;]+);/g).filter((one) => !/: (var\(--text-[1-7]\)|0\.86em|inherit)/.test(one)), []);
});

test('a corner has one of four radii', () => {
  const tokens = sheets.find(({ name }) => name === 'tokens.css')?.text ?? '';
  assert.equal([...tokens.matchAll(/--radius-\w+:/g)].length, 4);
  assert.deepEqual(valuesOf(/border-radius: ([^;]+);/g).filter((one) => !/: ((var\(--radius-(\d|pill)\)|0)( |$))+$/.test(one)), []);
});

test('a colour is named in tokens.css alone', () => {
  assert.deepEqual(valuesOf(/(#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\([^)]*\))/gi).filter((one) => !/: #\D/.test(one)), []);
});
