// The game: who is played and which pairs, shares of all pairs, what a guess and live answers make of its state, its sentences; and the records that are
// played while the model loads are of the models and data that are shipped.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { idleGame, initialState } from '../../web/js/app/state.js';
import { createDispatch } from '../../web/js/app/dispatch.js';
import { createStore } from '../../web/js/app/store.js';
import { DATASETS } from '../../web/js/engine/datasets.js';
import { canPlay } from '../../web/js/features/game/actions.js';
import { DRAWN, drawPeople, memoryPairs, othersOf, rankViewers, ROUNDS, sceneAfter, sceneOf } from '../../web/js/features/game/cast.js';
import { shareOf } from '../../web/js/engine/person-pairs.js';
import { guessOf, rightOf, sameOrderOf, truthOf } from '../../web/js/features/game/pairs.js';
import { castLive, hasMoved } from '../../web/js/features/game/play.js';
import { forgotten, fromStart, goLive, guess, next, pickOf } from '../../web/js/features/game/progress.js';
import { firstAnswers, outcomeText, scoreText, spokenRound, titleParts } from '../../web/js/features/game/words.js';
import { part } from './helpers.mjs';

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
let items = 0;
/** A rating that was learned from. @returns {any} */
const row = (rating, before, expected, more = {}) => ({ item: ++items, title: `Title ${items} (1999)`, genres: ['Drama'], rating, time: items, set: 'train', before, after: null, expected, ...more });
const about = { dataset: 'd', item: /** @type {const} */ ('film'), people: 600, drawn: 12 };
/** Somebody with three pairs in which the memory shows, and more. */
const viewer = (user = 7) => ({
  user,
  rows: [
    row(5, 0.9, 0.4), row(4.5, 0.8, 0.5), row(4, 0.7, 0.6), row(1, 0.1, 0.6), row(2, 0.2, 0.55), row(2.5, 0.3, 0.61),
    row(3.5, 0.6, 0.6), row(3, 0.5, 0.5), row(4, 0.65, 0.7), row(1, 0.15, 0.2), row(3.5, 0.6, 0.6), row(3, 0.5, 0.5),
  ],
});
const stranger = (user = 8) => ({ user, rows: [row(5, 0.8, 0.8), row(1, 0.2, 0.2), row(2, 0.3, 0.4)] });
const played = (person = viewer()) => ({ ...person, pairs: memoryPairs(person.rows) });
const scene = () => sceneOf(played(), [stranger()], about);

test('a share is that of all pairs of something liked and something not; equal probabilities count half', () => {
  const rows = [row(5, 0.9, 0.5), row(4, 0.4, 0.5), row(3, 0.6, 0.5), row(1, 0.4, 0.2)];
  // 0.9 beats both, 0.4 beats none and ties one: 2.5 of 4.
  assert.deepEqual(shareOf(rows, 'before'), { pairs: 4, share: 2.5 / 4 });
  // Both tie one and beat one.
  assert.deepEqual(shareOf(rows, 'expected'), { pairs: 4, share: 3 / 4 });
  assert.equal(shareOf(rows, 'after'), null, 'nothing was forgotten yet');
  assert.equal(shareOf([row(5, 0.9, null), row(1, 0.2, 0.3)], 'expected'), null, 'an answer is not known');
  assert.equal(shareOf([row(5, 0.9, 0.5), row(4, 0.9, 0.5)], 'before'), null, 'nothing was disliked');
  const beside = [row(5, 0.9, 0.5), row(1, 0.2, 0.5), row(1, 0.99, 0.1, { set: 'test' }), row(1, null, null)];
  assert.deepEqual(shareOf(beside, 'before'), { pairs: 1, share: 1 }, 'what was not learned from, or not asked about, is no part of it');
});

test('the order of pairs is the same, or the other, or as equal as before', () => {
  const rows = [row(5, 0.9, null, { after: 0.8 }), row(1, 0.2, null, { after: 0.1 }), row(2, 0.5, null, { after: 0.85 }), row(3, 0.9, null, { after: 0.8 })];
  assert.equal(sameOrderOf(rows, 'before', 'after'), 2 / 3);
  assert.equal(sameOrderOf([row(5, 0.5, null)], 'before', 'after'), null);
});

test('a model guesses the likelier one, and cannot tell what is less than five points apart', () => {
  const [loved, lost] = [row(5, 0.52, 0.7, { after: null }), row(1, 0.48, 0.5)];
  assert.deepEqual([guessOf([loved, lost], 'before'), guessOf([loved, lost], 'expected'), guessOf([lost, loved], 'expected'), guessOf([loved, lost], 'after')], [null, 0, 1, null]);
  assert.deepEqual([truthOf([loved, lost]), truthOf([lost, loved])], [0, 1]);
  assert.deepEqual([rightOf([[loved, lost]], 'before'), rightOf([[lost, loved]], 'expected')], [0, 1]);
});

test('people are drawn by a fixed rule from those of middling history, whatever their order', () => {
  const users = Array.from({ length: 300 }, (_, idx) => ({ user: idx + 1, n_train: idx }));
  const drawn = drawPeople(users);
  assert.deepEqual([drawn.length, new Set(drawn).size], [DRAWN, DRAWN]);
  assert.ok(drawn.every((user) => user >= 41 && user <= 201));
  assert.deepEqual(drawPeople(users.toReversed()), drawn);
  assert.deepEqual(drawPeople(users.slice(0, 43)).sort(), [41, 42, 43], 'fewer, where there are no more');
  // The numbers themselves: a seed draws the same in every browser.
  assert.deepEqual(drawn.slice(0, 3), FIRST_DRAWN);
});
/** Of mulberry32 with seed 42: 0.6011, 0.4483, 0.8525 of 161, 160 and 159 people; who was drawn stands no more among them. */
const FIRST_DRAWN = [41 + 96, 41 + 71, 41 + 135 + 2];

test('pairs are those in which the memory shows, the clearest first, and no title twice', () => {
  const pairs = memoryPairs(viewer().rows);
  assert.deepEqual(pairs.map(([loved, lost]) => [loved.rating, lost.rating]), [[5, 1], [4.5, 2], [4, 2.5]]);
  assert.equal(new Set(pairs.flat().map(({ item }) => item)).size, 6);
  assert.deepEqual(memoryPairs([row(5, 0.9, null), row(1, 0.2, null)]), [], 'without expected answers nothing is known to be memory');
  assert.deepEqual(memoryPairs([row(5, 0.9, 0.6), row(1, 0.2, 0.5)]), [], 'a stranger would be right too');
  assert.deepEqual(memoryPairs([row(5, 0.5, 0.4), row(1, 0.5, 0.5)]), [], 'the model cannot tell');
  assert.deepEqual(memoryPairs([row(3.5, 0.9, 0.4), row(3, 0.2, 0.5)]), [], 'neither loved nor not');
  const { rows } = viewer();
  assert.deepEqual(memoryPairs(rows, (one) => one !== rows[0]).map(([loved]) => loved.rating), [4.5, 4, 5], 'what few know comes last');
});

test('the viewer is the one about whom the model knows most beyond a stranger; nobody without three pairs, or without expected answers', () => {
  const weaker = { user: 3, rows: [...viewer().rows, ...Array.from({ length: 8 }, () => row(5, 0.1, 0.9))] };
  const unknown = { user: 4, rows: viewer().rows.map((one) => ({ ...one, expected: null })) };
  assert.deepEqual(rankViewers([stranger(), weaker, unknown, viewer()]).map(({ user }) => user), [7, 3]);
  assert.deepEqual(rankViewers([viewer(1), viewer(2)].map((one) => ({ ...one, rows: viewer().rows }))).map(({ user }) => user), [1, 2], 'of two alike the first that was drawn');
});

test('a scene has three rounds, a shelf without their titles, and shares; after forgetting, the new answers too', () => {
  const who = viewer();
  const other = stranger();
  const made = sceneOf(played(who), [other], about);
  const titles = made.rounds.flat().map(({ title }) => title);
  assert.equal(made.rounds.length, ROUNDS);
  assert.equal(made.shelf.length, 6);
  assert.deepEqual(made.shelf.filter(({ title }) => titles.includes(title)), [], 'the shelf gives nothing away');
  assert.deepEqual([made.shelf.filter(({ rating }) => rating > 3).length, made.ratings, made.shares.pairs, made.shares.after], [3, 12, 36, null]);
  assert.deepEqual(new Set(made.rounds.map(truthOf)).size, 2, 'the loved one is not always on the same side');
  assert.deepEqual(made.others, { users: [8], pairs: 2, before: 1, after: null, same: null });
  const later = sceneAfter(made, who.rows.map((one) => ({ ...one, after: 0.5 })));
  assert.deepEqual(later.rounds.flat().map(({ after }) => after), Array(6).fill(0.5));
  assert.deepEqual([later.shares.after, later.shares.before, later.others], [0.5, made.shares.before, made.others]);
  // Two people: 1 of 2 pairs, then 0 of 1, of which the second has turned.
  const turned = [row(5, 0.4, null, { after: 0.1 }), row(1, 0.2, null, { after: 0.6 })];
  const kept = [row(5, 0.4, null, { after: 0.4 }), row(1, 0.2, null, { after: 0.2 }), row(1, 0.6, null, { after: 0.6 })];
  assert.deepEqual(othersOf([{ user: 1, rows: kept }, { user: 2, rows: turned }, { user: 3, rows: [row(5, 0.5, null)] }]), { users: [1, 2, 3], pairs: 3, before: 2 / 3, after: 1 / 3, same: 2 / 3 });
});

test('three guesses lead to the shares, three more after forgetting to the end; none is made twice', () => {
  let game = { ...idleGame(), open: true, scene: scene(), source: /** @type {const} */ ('live') };
  assert.equal(next(game), game, 'no round is passed without a guess');
  for (const choice of /** @type {const} */ ([0, 1, 0])) {
    game = part(guess(game, choice));
    assert.deepEqual([pickOf(game), guess(game, 1)], [choice, game]);
    game = part(next(game));
  }
  assert.deepEqual([game.stage, game.picks, game.round], ['shares', [0, 1, 0], 0]);
  assert.equal(guess(game, 1), game, 'there is nothing to guess');
  game = part(forgotten(game, scene(), { report: part({}), seconds: 1, device: 'cpu' }));
  for (let round = 0; round < ROUNDS; round += 1) game = part(next(guess(game, 1)));
  assert.deepEqual([game.stage, game.picks, game.again], ['end', [0, 1, 0], [1, 1, 1]]);
  const anew = fromStart(game);
  assert.deepEqual([anew.open, anew.stage, anew.picks, anew.run, anew.scene?.shares.after], [true, 'guess', [], null, null]);
});

test('live answers take the place of recorded ones, with the guesses where the pairs are the same', () => {
  const recorded = { ...idleGame(), open: true, scene: scene(), source: /** @type {const} */ ('recorded'), picks: /** @type {(0 | 1)[]} */ ([1]) };
  const same = { ...recorded.scene, shares: { ...recorded.scene.shares, before: 0.9 } };
  assert.deepEqual([goLive(recorded, same).picks, goLive(recorded, same).source, goLive(recorded, same).scene?.shares.before, goLive(recorded, same).restarted], [[1], 'live', 0.9, false]);
  const other = { ...same, user: 99 };
  assert.deepEqual([goLive(recorded, other).picks, goLive(recorded, other).restarted], [[], true]);
  const ran = part(forgotten(part(recorded), recorded.scene, { report: null, seconds: 2, device: 'CPU' }));
  const waits = goLive(ran, same);
  assert.deepEqual([waits.scene, waits.waiting, waits.source], [recorded.scene, same, 'recorded'], 'a recorded run stays in sight until it is made here');
  assert.deepEqual([fromStart(waits).scene?.shares.before, fromStart(waits).source], [0.9, 'live']);
});

test('the model is asked about the people of the rule; until it is known what to expect there is no scene', async () => {
  const users = Array.from({ length: 60 }, (_, idx) => ({ user: idx + 1, n_train: 50 }));
  const rows = viewer().rows;
  const asked = [];
  const api = part({ user: async (user) => ({ rows: (asked.push(user), user === drawPeople(users)[4] ? rows : stranger().rows) }) });
  const loaded = part({ users, dataset: 'd', genres: [1] });
  const made = await castLive(api, loaded);
  assert.deepEqual(asked, drawPeople(users));
  assert.deepEqual([made?.user, made?.others.users, made?.people, made?.drawn], [asked[4], asked.filter((user) => user !== asked[4]), 60, DRAWN]);
  const unknown = part({ user: async () => ({ rows: rows.map((one) => ({ ...one, expected: null })) }) });
  assert.equal(await castLive(unknown, loaded), null);
});

test('other data begin another game, one’s own have none; another run in the lab is noticed', () => {
  const store = createStore(() => {}, () => {});
  const dispatch = createDispatch(store);
  store.patch('game', { open: true, scene: scene(), picks: [1] });
  dispatch({ type: 'engine.completed' });
  assert.equal(store.state.game.parts, 1);
  dispatch({ type: 'data.loaded', loaded: part({}), key: 'goodbooks-10k' });
  assert.deepEqual([store.state.game.open, store.state.game.scene, store.state.game.picks, store.state.game.restarted], [true, null, [], true]);
  dispatch({ type: 'data.loaded', loaded: part({}), key: 'own' });
  assert.equal(store.state.game.open, false);
  const [films] = DATASETS;
  const with_ = (key, model, data_mismatch = null) => canPlay(part({ data: { key }, loaded: { model, data_mismatch } }));
  assert.deepEqual([with_(films.key, films.model), with_(films.key, 'smollm2'), with_('own', 'own'), with_(films.key, films.model, 'other ratings'), canPlay(initialState())], [true, false, false, false, true]);
  const report = part({});
  const game = { ...idleGame(), run: { report, seconds: 1, device: 'cpu' } };
  assert.deepEqual([hasMoved(part({ game, result: { report } })), hasMoved(part({ game, result: { report: null } })), hasMoved(part({ game: idleGame(), result: { report } }))], [false, true, false]);
});

test('what is said follows from the figures', () => {
  const made = scene();
  const [round] = made.rounds;
  const truth = truthOf(round);
  const said = firstAnswers(round, truth, 'viewer');
  assert.deepEqual(said.map(({ verdict }) => verdict), ['right', 'right', 'wrong']);
  assert.match(spokenRound(round, said), /^They loved Title \d+\. You: Title \d+; right\. The model: Title \d+, 90 % against 10 %; right\. A model that never saw this viewer: Title \d+, 60 % against 40 %; not right\.$/);
  assert.deepEqual(scoreText(made, [truth, truth, truth]).title.replace(/you .*/, 'you …'), 'The model was right three times, you …');
  const shares = (before, after, expected) => outcomeText({ ...made, shares: { pairs: 1, before, after, expected } });
  assert.match(shares(0.9, 0.71, 0.7), /like a stranger/);
  assert.match(shares(0.9, 0.88, 0.7), /hardly forgotten/);
  assert.match(shares(0.9, 0.8, 0.7), /a part/);
  assert.match(shares(0.9, 0.4, 0.7), /worse than a stranger/);
  assert.deepEqual(titleParts('Matrix, The (1999)'), { name: 'The Matrix', year: '1999' });
  assert.deepEqual(titleParts('Seven (a.k.a. Se7en) (1995)'), { name: 'Seven (a.k.a. Se7en)', year: '1995' });
  assert.deepEqual(titleParts('The Hunger Games (The Hunger Games, #1) (2008)'), { name: 'The Hunger Games (The Hunger Games, #1)', year: '2008' });
});

test('no sentence of the game before its end has a word that only the lab explains', () => {
  const before = read('web/js/features/game/words.js').split("\n").filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line)).join('\n') + read('web/js/features/game/round-view.js');
  assert.doesNotMatch(before, /AUC|E2URec|p\(Yes\)|logit|adapter|cross-fit|Retrain\b/);
});

test('the flag that somebody was here has one name', () => {
  const [, name] = /** @type {RegExpExecArray} */ (/PLAYED = '([^']+)'/.exec(read('web/js/features/game/actions.js')));
  for (const path of ['web/js/app/theme.js', 'tests/e2e/harness.mjs']) assert.ok(read(path).includes(`'${name}'`), path);
});

test('the records are of the shipped models and data, and play by the rule', () => {
  for (const { key, model } of DATASETS) {
    const { data, files, scene: made, run } = JSON.parse(read(`public/game/${key}.json`));
    const manifest = JSON.parse(read(`models/${model}/manifest.json`));
    assert.deepEqual(data, manifest.data, `${key}: run tools/record-game.mjs again`);
    for (const [name, hash] of Object.entries(files)) assert.equal(hash, manifest.files[name], `${key}, ${name}: run tools/record-game.mjs again`);
    assert.deepEqual(Object.keys(files).sort(), ['crossfit.safetensors', 'model.safetensors']);
    assert.deepEqual([made.dataset, made.rounds.length, made.drawn, rightOf(made.rounds, 'before'), rightOf(made.rounds, 'expected')], [key, ROUNDS, DRAWN, ROUNDS, 0]);
    assert.ok(made.rounds.flat().every(({ after }) => after > 0 && after < 1) && made.shares.after > 0 && made.others.same > 0 && run.seconds > 0, key);
    assert.ok(made.shares.before > made.shares.expected, key);
  }
});
