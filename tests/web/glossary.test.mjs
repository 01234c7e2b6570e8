// The words of the field: each entry keeps to its form, every word that a view asks for is there, and none is kept that nothing uses.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formulaOf } from '../../web/js/ui/formula.js';
import { ENTRIES, IDS_BY_WORD, termOfParam } from '../../web/js/ui/glossary.js';
import { aboutMetric } from '../../web/js/ui/metrics.js';
import { marker, termsIn } from '../../web/js/ui/term.js';
import { METRICS } from '../../web/js/tables/metrics.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MOST_WORDS = 25;

/** Sources below a folder, by path. @param {string} folder @param {string} ending */
const sourcesOf = (folder, ending) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending)).map((path) => readFileSync(join(root, folder, path), 'utf8'));
/** The text of drawn nodes. @param {any} node @returns {string} */
const textOf = (node) => (Array.isArray(node) ? node.map(textOf).join('') : node == null || node === false ? '' : typeof node === 'object' ? textOf(node.props.children) : String(node));

test('every word is said in one sentence of at most 25 words, with a whole citation', () => {
  for (const [id, { term, says, paper }] of Object.entries(ENTRIES)) {
    assert.ok(term !== '' && /^[A-Z“p]|^[^\x00-\x7f]/.test(says) && says.endsWith('.'), `${id}: ${says}`);
    const words = says.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
    assert.ok(words.length <= MOST_WORDS, `${id} takes ${words.length} words`);
    if (!paper) continue;
    assert.ok(paper.by !== '' && paper.venue !== '' && paper.year > 1900, id);
    assert.match(paper.arxiv ?? '0000.00000', /^\d{4}\.\d{4,5}$/, id);
  }
});

test('formulas are drawn with their indices and powers', () => {
  const drawn = formulaOf('e^{v_{Yes}} + Σ_j p_i');
  assert.deepEqual(drawn.map((node) => (typeof node === 'string' ? node : [/** @type {any} */ (node).type, textOf(node)])), ['e', ['sup', 'vYes'], ' + Σ', ['sub', 'j'], ' p', ['sub', 'i']]);
  const formulas = Object.values(ENTRIES).flatMap(({ formula }) => formula ?? []);
  assert.ok(formulas.length >= 8);
  for (const formula of formulas) {
    const text = textOf(formulaOf(formula));
    assert.doesNotMatch(text, /[_^{}]/, formula);
    assert.equal(text, formula.replace(/[_^{}]/g, ''));
  }
});

test('a text’s words are found once each, longer ones first, and only whole', () => {
  const marked = marker(['loss']);
  const nodes = marked('The forgetting teacher’s loss, a teacher, a TEACHER and a preteacher.');
  const idsOf = (/** @type {any} */ node) => (typeof node !== 'object' ? [] : node.props.id ? [node.props.id] : node.props.children.flatMap(idsOf));
  assert.deepEqual(nodes.flatMap(idsOf), ['forgetting_teacher', 'teacher']);
  assert.deepEqual(nodes.filter((node) => /** @type {any} */ (node).type === 'span').map(textOf), ['forgetting teacher’s', 'teacher,'], 'with what stands beside them');
  assert.equal(textOf(nodes), 'The forgetting teacher’s loss, a teacher, a TEACHER and a preteacher.');
  assert.deepEqual(marked('One more teacher.').filter((node) => typeof node === 'object'), [], 'it was explained above');
});

test('a metric is told by the field’s word in its name, its formula and paper, and by what this figure is', () => {
  const of = (/** @type {string} */ id) => aboutMetric(/** @type {any} */ (METRICS.find((metric) => metric.id === id)));
  assert.equal(of('jsd').formula, ENTRIES.jsd.formula);
  assert.match(of('forget_auc').says, /^Of a liked and a disliked item.*a coin\. Forget set: should come near Retrain’s\.$/);
  assert.deepEqual([of('acc').formula, of('acc').says], [undefined, 'Test set: share of right answers.']);
});

test('every word that a view asks for is there, and every entry is used', () => {
  const views = sourcesOf('web/js/features', '.js');
  const pages = ['web/index.html', 'web/conformance.html'].map((page) => readFileSync(join(root, page), 'utf8'));
  const asked = [
    ...views.flatMap((source) => [...source.matchAll(/(?:h\(Term, \{ id: |\bterm: |pair\([^\n]*, )'([a-z0-9_]+)'/g)].map(([, id]) => id ?? '')),
    ...views.flatMap((source) => [...source.matchAll(/MODELS = \{([^}]*)\}/g)].flatMap(([, models]) => [...(models ?? '').matchAll(/'(\w+)'/g)].map(([, id]) => id ?? ''))),
    ...pages.flatMap((page) => [...page.matchAll(/data-term="(\w+)"/g)].map(([, id]) => id ?? '')),
  ].filter((id) => id !== 'sha256');
  assert.ok(asked.length > 20);
  assert.deepEqual(asked.filter((id) => !(id in ENTRIES)), []);

  // What the page says itself where words are marked, and what it takes from the engine's tables.
  const texts = [...views.filter((source) => source.includes('marker(')), ...['unlearn/methods', 'attack/attacks'].flatMap((folder) => sourcesOf(`crate/core/src/${folder}`, '.rs')), readFileSync(join(root, 'web/js/features/forget/verdict.js'), 'utf8'), METRICS.map(({ label }) => label).join(' ')];
  const params = sourcesOf('crate/core/src/unlearn/methods', '.rs').flatMap((source) => [...source.matchAll(/ParamEntry::\w+\(\s*"(\w+)"/g)].flatMap(([, id]) => termOfParam(id ?? '') ?? []));
  const used = new Set([...asked, ...params, ...texts.flatMap((text) => termsIn(text))]);
  assert.deepEqual(Object.keys(ENTRIES).filter((id) => !used.has(/** @type {any} */ (id))), [], 'entries that nothing uses');
  const words = Object.values(ENTRIES).flatMap((entry) => entry.words ?? []);
  assert.equal(new Set(words).size, words.length, 'a word has one entry');
  assert.deepEqual([...IDS_BY_WORD.keys()].filter((word) => word !== word.toLowerCase()), []);
  for (const { param } of Object.values(ENTRIES)) if (param) assert.ok(params.includes(/** @type {any} */ (termOfParam(param))), `no method has the parameter ${param}`);
});
