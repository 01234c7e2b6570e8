// The page's words in Chinese: every text that the sources show has one, none is kept that nothing shows, and slots are the same in both languages. What the
// engine's tables and errors say is held against their sources too, and the glossary against its English entries.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addressWith, languageFor } from '../../web/js/ui/language.js';
import { count, duration, listed, moment, percent, plural } from '../../web/js/ui/format.js';
import { GLOSSARY } from '../../web/js/ui/glossary.js';
import { marker } from '../../web/js/ui/term.js';
import { langOf, LANGUAGES, msg, say, sentence, speak, t, tn } from '../../web/js/ui/words.js';
import { METRIC_GROUPS, METRICS } from '../../web/js/tables/metrics.js';
import { DATA_WORDS } from '../../web/js/words/zh/data-words.js';
import { ERRORS } from '../../web/js/words/zh/errors.js';
import { FINDINGS } from '../../web/js/words/zh/findings.js';
import { CATALOGUE } from '../../web/js/words/zh/index.js';
import { METHODS } from '../../web/js/words/zh/methods.js';
import { METRICS as METRIC_WORDS } from '../../web/js/words/zh/metrics.js';
import { errorTextsOf, keysOf, looseTexts, markupKeys, root, rustStrings, scriptsOf, tokensOf } from './words-source.mjs';

const [english, chinese] = /** @type {[any, any]} */ (LANGUAGES);
after(() => speak(english, null));
const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
const pages = ['web/index.html', 'web/conformance.html'].map(read);
const scripts = scriptsOf('.');
const slotsOf = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

/** Keys that are made when the page runs, of the nouns in engine/datasets.js. */
const MADE = ['{n} films', '{n} books', '{n} items'];
/** Where each key is used, by key. @type {Map<string, string>} */
const used = new Map();
for (const key of MADE) used.set(key, 'engine/forget-spec.js');
for (const page of pages) for (const key of [...markupKeys(page), /<title>(.*?)<\/title>/.exec(page)?.[1] ?? '']) used.set(key, 'markup');
const found = scripts.map(({ path, source }) => keysOf(source, path));
for (const { uses } of found) for (const { key, where } of uses) used.set(key, where);

test('every text that is shown has Chinese words, and none is kept that nothing shows', () => {
  assert.ok(used.size > 1200, `${used.size} texts`);
  assert.deepEqual(found.flatMap(({ loose }) => loose), [], 'a key is a plain string: nobody could look a template up');
  assert.deepEqual([...used].filter(([key]) => !(key in CATALOGUE.texts)).map(([key, where]) => `${where}: ${key}`), [], 'without Chinese words');
  assert.deepEqual(Object.keys(CATALOGUE.texts).filter((key) => !used.has(key)), [], 'words that nothing shows');
});

test('slots are the same in both languages, and every text is Chinese or the same in both', () => {
  const all = Object.entries({ ...CATALOGUE.texts, ...CATALOGUE.engine });
  assert.deepEqual(all.filter(([key, text]) => slotsOf(key).join() !== slotsOf(text).join()).map(([key]) => key), []);
  // Names, units and symbols stand as they are; a sentence does not.
  assert.deepEqual(all.filter(([key, text]) => !/\p{Script=Han}/u.test(text) && /[a-z]{3,} [a-z]{3,} [a-z]{2,}/.test(key)).map(([key]) => key), []);
  assert.deepEqual(all.filter(([, text]) => /\p{Script=Han}[,;:!?]|\p{Script=Han}\.(?!\w)|  /u.test(text)).map(([key]) => key), [], 'Chinese has stops of its own');
});

test('what stands in a page’s markup is marked to be put into words', () => {
  for (const page of pages) assert.deepEqual(looseTexts(page), []);
  // The control: what is not marked is found.
  assert.deepEqual(looseTexts('<body><p>Plain words</p><p data-t>Marked <b data-t>words</b></p><code>code here</code></body>'), ['Plain words']);
});

test('whatever the engine’s tables say of methods and attacks has Chinese words', () => {
  const sources = ['unlearn/methods', 'attack', 'attack/attacks'].flatMap((folder) => readdirSync(join(root, 'crate/core/src', folder)).filter((file) => file.endsWith('.rs')).map((file) => read(`crate/core/src/${folder}/${file}`)));
  const strings = sources.flatMap(rustStrings);
  const shown = strings.filter(({ before }) => /(?:label|summary|note): $|ParamEntry::(?:float|int|choice)\(\s*"…",\s*(?:"…",\s*)?$/.test(before)).map(({ text }) => text);
  assert.ok(shown.length > 300, `${shown.length} texts`);
  assert.deepEqual(shown.filter((text) => !(text in CATALOGUE.engine) && !(text in CATALOGUE.texts)), []);
  const known = new Set(strings.map(({ text }) => text));
  assert.deepEqual(Object.keys(METHODS).filter((key) => !known.has(key) && !used.has(key)), [], 'words of no method and no attack');
  const metrics = [...METRICS.flatMap(({ label, short, help, formula, caveat }) => [label, short, help, formula, caveat]), ...METRIC_GROUPS.map(({ label }) => label)].filter((text) => text !== '');
  assert.deepEqual(metrics.filter((text) => !(text in CATALOGUE.engine) && !(text in CATALOGUE.texts)), []);
  assert.deepEqual(Object.keys(METRIC_WORDS).filter((key) => !metrics.includes(key) && !/^MovieLens/.test(key)), []);
});

/** Sources of the script interface, whose refusals stay English, as API.md has them; and what runs before there are words. */
const ENGLISH = /^(?:api|embed)\/|^platform\/(?:guard|require-guard|service-worker|site|trusted-types)|^engine\/(?:packed-ratings|checkpoints)|run-(?:comparison|attacks)\.js/;
/** What a person never meets on the page: a script's mistakes, and ours. */
const FOR_SCRIPTS = /must be|must name|See API\.md|is not used on this page|unlearnLab|another hash|answered \{1\} where|no \{1\}$|has no \{\d\}|the lab was closed|What is stored on this device is kept|Open another one|index\.html has no|cannot be sent to the importer|presets of|had no answer|refused$|is no (?:script|file)/;

test('the genres and licences of what is shipped have Chinese words', () => {
  const genres = new Set(read('public/data/ml-latest-small/movies.csv').trim().split(/\r?\n/).slice(1).flatMap((line) => line.slice(line.lastIndexOf(',') + 1).split('|')));
  const licences = readdirSync(join(root, 'models')).flatMap((name) => (existsSync(join(root, 'models', name, 'manifest.json')) ? [JSON.parse(read(`models/${name}/manifest.json`)).licence ?? ''] : [])).filter(Boolean);
  assert.ok(genres.size > 15 && licences.length > 0);
  assert.deepEqual([...new Set([...genres, ...licences])].filter((text) => !(text in DATA_WORDS)), []);
  assert.deepEqual(Object.keys(DATA_WORDS).filter((text) => !genres.has(text) && !licences.includes(text)), []);
});

test('errors that a person can meet have Chinese words, and their words are of errors', () => {
  const bare = (/** @type {string} */ text) => text.replace(/\{\w+\}/g, '{}').replace(/\.$/, '');
  const known = new Set([...Object.keys(CATALOGUE.engine), ...Object.keys(CATALOGUE.texts)].map(bare));
  const told = scripts.filter(({ path }) => !ENGLISH.test(path)).flatMap(({ path, source }) => errorTextsOf(source).map((text) => ({ path, text })));
  assert.ok(told.length > 100, `${told.length} texts`);
  assert.deepEqual(told.filter(({ text }) => !known.has(bare(text)) && !FOR_SCRIPTS.test(text)).map(({ path, text }) => `${path}: ${text}`), []);
  // Each part of a sentence between its slots stands in some source.
  const rust = readdirSync(join(root, 'crate/core/src'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.rs')).flatMap((path) => rustStrings(read(`crate/core/src/${path.replaceAll('\\', '/')}`)).map(({ text }) => text));
  const sources = [...rust, ...scripts.flatMap(({ source }) => tokensOf(source).flatMap(({ parts }) => parts ?? []))].join('\n');
  const parts = Object.keys({ ...ERRORS, ...FINDINGS }).flatMap((key) => key.split(/\{\w+\}|[,;:(]/).map((part) => part.trim()).filter((part) => part.length > 11).map((part) => ({ key, part })));
  assert.deepEqual(parts.filter(({ part }) => !sources.includes(part.replace(/\.$/, '')) && !sources.includes(part.replace(/^The engine starts again by itself|^Load the page again/, ''))).map(({ key }) => key), [], 'words that no source says');
});

test('the glossary has every word of the field in both languages, and docs/glossary.md shows them side by side', () => {
  assert.deepEqual(Object.keys(CATALOGUE.glossary).sort(), Object.keys(GLOSSARY).sort());
  const words = [];
  for (const [id, { term, says, formula, words: own }] of Object.entries(CATALOGUE.glossary)) {
    const entry = /** @type {import('../../web/js/ui/glossary.js').Entry} */ (GLOSSARY[/** @type {keyof typeof GLOSSARY} */ (id)]);
    assert.ok(term !== '' && says.endsWith('。') && /\p{Script=Han}/u.test(says), id);
    assert.equal(formula !== undefined, /[a-z]{4,}/.test(entry.formula ?? ''), `${id}: a formula with words in it is written anew`);
    assert.ok(!entry.words || own, `${id} is found by no Chinese word`);
    words.push(...(own ?? []));
  }
  assert.equal(new Set(words).size, words.length, 'a word has one entry');
  const document = read('docs/glossary.md');
  const rows = Object.entries(GLOSSARY).map(([id, { term, says }]) => `| ${term} | ${CATALOGUE.glossary[id]?.term} | ${says} | ${CATALOGUE.glossary[id]?.says} |`);
  assert.deepEqual(document.split('\n').filter((line) => line.startsWith('| ')).slice(2), rows, 'docs/glossary.md is stale');
});

test('a text is put into the language that is spoken; without words it stays English', () => {
  speak(english, null);
  assert.equal(t('about {left} left', { left: '3 s' }), 'about 3 s left');
  assert.deepEqual([plural(1, 'row'), plural(2, 'row'), plural(1200, 'person', 'people')], ['1 row', '2 rows', '1,200 people']);
  assert.deepEqual([percent(0.4), duration(5), duration(130), listed(['a', 'b', 'c']), t('Step#button')], ['40 %', '5 s', '2 min 10 s', 'a, b and c', 'Step']);
  assert.equal(sentence('the run was cancelled'), 'The run was cancelled.');
  assert.equal(langOf('no words for this'), undefined, 'all of the page is English');
  speak(chinese, CATALOGUE);
  assert.equal(t('about {left} left', { left: duration(3) }), '约剩 3 秒');
  assert.deepEqual([plural(1, 'row'), plural(1200, 'person', 'people'), percent(0.4), duration(130), listed(['a', 'b', 'c'])], ['1 行', '1,200 人', '40%', '2 分 10 秒', 'a、b和c']);
  assert.deepEqual([count(1234567), moment(Date.UTC(2024, 4, 6, 12)), t('Step#button')], ['1,234,567', '2024年5月6日', '单步']);
  assert.deepEqual(tn('The number beside each is {p_yes}.', { p_yes: 'p' }).join(''), '旁边的数字是 p。');
  assert.equal(t('constructor'), 'constructor', 'and not what every object has');
  assert.equal(msg('Table'), 'Table');
});

test('what the engine says with figures in it is recognised, part by part; the rest is marked as English', () => {
  speak(chinese, CATALOGUE);
  const finding = 'Without its adapter the model gets 71.3 of 100 forgotten cases right instead of 62.0, as the original does (71.3); a model that never saw them gives 60.1. So forgetting does not survive this. Merge the adapter into the weights before you give the model away.';
  assert.match(say(finding) ?? '', /^去掉适配器后，模型在 100 个被遗忘的例子中答对 71\.3 个.*从未见过它们的模型为 60\.1。所以，遗忘没有经受住这一攻击。交出模型之前/);
  assert.equal(langOf(finding), undefined);
  assert.equal(sentence('the engine stopped: out of memory on the GPU (x)'), '引擎停止了：GPU 内存不足（x）。');
  assert.equal(sentence('3 rows that are episodes, series or games were left out'), '3 行是单集、剧集或游戏，未采用。');
  assert.equal(sentence('the run on user 7’s ratings cannot be opened: run.json must have the sha256 aa, got bb'), '关于用户 7 的评分的运行无法打开：run.json 的 sha256 应为 aa，实为 bb。');
  assert.equal(sentence('s.json is damaged: it is not JSON from line 2, column 5 on'), 's.json 已损坏：从第 2 行第 5 列起不是 JSON。');
  assert.equal(langOf('run 2 (user 7’s ratings): record.report must be an object, got `7`'), 'en', 'where a file is wrong in its shape');
  assert.equal(langOf('ratings.csv:7: a row must have 4 columns, it has 3, got `x`'), 'en');
  assert.equal(sentence('ratings.csv:7: a row must have 4 columns'), 'Ratings.csv:7: a row must have 4 columns.');
  const parts = marker()('先看遗忘集，再看遗忘教师与教师，以及 LoRA 适配器。');
  assert.equal(parts.filter((part) => typeof part === 'object').length, 4, 'the field’s words are found in Chinese, the longer ones first');
});

test('the language is the address’s, else the one chosen before, else the browser’s', () => {
  const of = (/** @type {string} */ query, /** @type {string | null} */ kept, /** @type {string[]} */ wanted) => languageFor(`https://host.example/${query}`, kept, wanted).id;
  assert.equal(of('?lang=zh', 'en', ['en']), 'zh');
  assert.equal(of('?lang=tlh', 'zh', ['en']), 'zh');
  assert.equal(of('', null, ['fr-FR', 'zh-TW', 'en']), 'zh');
  assert.equal(of('', null, ['de', 'en-GB']), 'en');
  assert.equal(of('', 'xx', []), 'en');
  assert.equal(addressWith('https://host.example/?data=goodbooks-10k#forget&seed=3', chinese), 'https://host.example/?data=goodbooks-10k&lang=zh#forget&seed=3');
});

test('the lexer tells texts from code: comments, regular expressions, templates in templates', () => {
  const source = ["// t('not this')", "const re = /t\\('nor this'\\)/; const half = a / b; t('{a} of {b}', { a: t('inner'), b });", "x.t('a method of its own');", 't(`made ${of} this`);', 'const deep = `a ${cond ? `b ${t(\'deep\')}` : 0} c`;', "plural(list.filter(({ n }) => n > 1).length, 'person', 'people'); plural(2, 'row');"].join('\n');
  const { uses, loose } = keysOf(source, 'x.js');
  assert.deepEqual(uses.map(({ key }) => key), ['{a} of {b}', 'inner', 'deep', '{n} people', '{n} rows']);
  assert.deepEqual(loose, ['x.js:4']);
  assert.deepEqual(errorTextsOf("throw new LabError({ code: 'x', message: `the ${what} stopped`, kept: 'All is kept.', todo: 'Try again.' })"), ['the {1} stopped', 'All is kept.', 'Try again.']);
});
