// The tour: what each step asks for follows from the page's state, the score from what was done, a lesson and the article from figures that are there; what is
// kept on the device is read as far as it is that, and the address takes one back.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { addressOfPlace, valuesOf, wishesOf } from '../../web/js/app/address.js';
import { placeOf } from '../../web/js/app/address-sync.js';
import { createDispatch } from '../../web/js/app/dispatch.js';
import { createStore } from '../../web/js/app/store.js';
import { choiceActions } from '../../web/js/features/forget/choice-actions.js';
import { tourActions } from '../../web/js/features/tour/actions.js';
import { articleFigures } from '../../web/js/features/tour/article-figures.js';
import { goalOf, leadOf, priceInView, saysOf, scoreOf } from '../../web/js/features/tour/goals.js';
import { keptOf, textOf } from '../../web/js/features/tour/kept.js';
import { LESSONS } from '../../web/js/features/tour/lessons.js';
import { spotsOf } from '../../web/js/features/tour/spots.js';
import { scoreText, stepsOf } from '../../web/js/features/tour/words.js';
import { method, part, report, row } from './helpers.mjs';

/** @type {ReturnType<typeof createStore>} */
let store;
/** @type {import('../../web/js/app/event-types.d.ts').Dispatch} */
let dispatch;
beforeEach(() => {
  store = createStore(() => {}, () => {});
  dispatch = createDispatch(store, () => {});
  store.patch('boot', { status: 'ready' });
  store.put('loaded', part({ about: { kind: 'items' }, dataset: 'd', n_params: 1000, genres: [{ name: 'Drama' }], users: [{ user: 7, n_train: 50 }], never_learned: [], methods: [method], shipped: [row('original', 0.83, 0.82), { ...row('retrain', 0.83, 0.75), seconds: 30 }] }));
});

/** Ratings of somebody: `n` liked ones and as many that were not. The model puts `right` of the liked ones above all others, the rest below; a stranger none. @param {number} n @param {number} right */
const ratings = (n, right) =>
  Array.from({ length: 2 * n }, (_, idx) => {
    const like = idx < n;
    return part({ item: idx, set: 'train', rating: like ? 5 : 1, before: like ? (idx < right ? 0.9 : 0.1) : 0.5, expected: like ? 0.4 : 0.5, after: null, genres: [] });
  });
const person = (rows) => {
  store.patch('choice', { kind: 'person', user: 7 });
  store.put('users', { 7: { status: 'ready', rows, error: null } });
};
/** A run has ended. @param {{before?: number, after: number, expected?: number, test?: number, params?: Record<string, number>, method?: string, calibration?: unknown}} about losses and the change of test AUC */
function finished({ before = 0.5, after, expected = 0.6, test = 0, params = {}, method: id = 'e2urec', calibration = null }) {
  const request = part({ method: id, forget: { users: [7] }, params, seed: 1, eval_every: 0 });
  const run = part({ kind: 'run', request, device: 'cpu' });
  dispatch({ type: 'run.started', run });
  const made = report([row('original', 0.83, 0.8, before), { ...row(id, 0.83 + test, 0.7, after), trainable_params: 50 }], { forget_before: before, forget_after: after, expected });
  dispatch({ type: 'run.finished', run, report: part({ ...made, request, calibration, expected: { logloss: expected, auc: 0.72, error: 0.01 } }) });
}

test('step 1 asks for a lead over what is expected, and for enough ratings; both are needed', () => {
  assert.match(goalOf(0, store.state).waits, /Choose “Person”/);
  person(ratings(30, 30));
  const known = leadOf(store.state);
  assert.deepEqual([known?.ratings, known?.before, known?.expected, known?.lead], [60, 1, 0, 1]);
  assert.equal(goalOf(0, store.state).reached, true);
  person(ratings(30, 2));
  assert.ok(Math.abs((leadOf(store.state)?.lead ?? 0) - 2 / 30) < 1e-9, '2 of 30 liked ones are above all others');
  assert.equal(goalOf(0, store.state).reached, false, 'less than 8 points');
  person(ratings(30, 3));
  assert.equal(goalOf(0, store.state).reached, true, 'ten points');
  person(ratings(19, 19));
  assert.equal(goalOf(0, store.state).reached, false, '38 ratings are too few');
  person(ratings(30, 30).map((one) => ({ ...one, expected: null })));
  assert.deepEqual([goalOf(0, store.state).reached, /still to come/.test(goalOf(0, store.state).waits)], [false, true]);
});

const priced = (seconds, retrain, people) => store.put('selection', part({ status: 'ready', error: null, value: { sizes: { forget: 10 }, n_users: people, seconds, retrain_seconds: retrain } }));

test('step 2 asks for both prices, and for one that is small beside its Retrain', () => {
  person([]);
  priced(10, 100, 1);
  store.patch('setup', { method: 'e2urec' });
  assert.deepEqual(priceInView(store.state), { kind: 'one', price: { label: 'One person', seconds: 10, retrain: 100, measured: false } });
  const one = priceInView(store.state)?.price ?? null;
  store.patch('tour', { prices: { many: null, one } });
  assert.equal(goalOf(1, store.state).reached, false, 'the many were not looked at');
  store.patch('choice', { kind: 'standard' });
  priced(120, 100, 76);
  const many = priceInView(store.state)?.price ?? null;
  store.patch('tour', { prices: { many, one } });
  assert.equal(goalOf(1, store.state).reached, true, 'the many may be dear');
  store.patch('tour', { prices: { many, one: part({ ...one, seconds: 26 }) } });
  assert.equal(goalOf(1, store.state).reached, false, 'more than a quarter');
  store.patch('setup', { method: 'retrain' });
  assert.equal(priceInView(store.state), null, 'Retrain is not the price of unlearning');
  store.patch('setup', { method: 'e2urec' });
  store.patch('choice', { kind: 'genre', genre: 'Drama' });
  assert.equal(priceInView(store.state), null);
  // A Retrain that was trained here has a time of its own.
  person([]);
  priced(10, 100, 1);
  store.put('retrains', { 'users:7': part({ seconds: 80, source: 'this device' }) });
  assert.deepEqual([priceInView(store.state)?.price.retrain, priceInView(store.state)?.price.measured], [80, true]);
  priced(null, null, 1);
  assert.match(goalOf(1, store.state).waits, /known after the first steps/);
});

test('step 3 asks for a run without one teacher that misses the mark', () => {
  assert.equal(goalOf(2, store.state).waits, 'Nothing has been run yet.');
  finished({ after: 0.9 });
  assert.equal(goalOf(2, store.state).reached, false, 'both teachers were there');
  finished({ after: 0.9, params: { terms: 2 } });
  assert.equal(goalOf(2, store.state).reached, true);
  assert.match(saysOf(goalOf(2, store.state)), /the remembering one; Memory meter: 400 %/);
  finished({ after: 0.6, params: { terms: 1 } });
  assert.equal(goalOf(2, store.state).reached, false, 'it hit the mark all the same');
  finished({ after: 0.6, test: -0.01, params: { terms: 1 } });
  assert.equal(goalOf(2, store.state).reached, true, 'quality was lost');
  finished({ after: 0.9, params: { terms: 2 }, method: 'other' });
  assert.equal(goalOf(2, store.state).reached, false, 'another method’s terms are something else');
  dispatch({ type: 'run.started', run: part({ kind: 'run', request: { method: 'e2urec', forget: { users: [7] }, params: {}, seed: 1, eval_every: 0 }, device: 'cpu' }) });
  assert.equal(goalOf(2, store.state).waits, 'A run goes on.');
});

const found = (id, verdict, more = {}) => dispatch({ type: 'attack.found', id, finding: part({ id, label: id, verdict, original: 0.8, unlearned: 0.79, retrain: null, chart: { type: 'bars', bars: [{ right: 0.8 }, { right: 0.7 }, { right: 0.8 }] }, ...more }), about: part({}) });

test('step 4 asks for the model without its adapter, step 6 for an attack on a run as step 5 asks for', () => {
  finished({ after: 0.6 });
  assert.equal(goalOf(3, store.state).reached, false);
  found('drop', 'broken');
  const dropped = goalOf(3, store.state);
  assert.deepEqual([dropped.reached, dropped.parts.map(({ value }) => value)], [true, ['50 beside 1,000 (5.0 %)', '70 of 100 right', '79 of 100 right', '80 of 100 right']]);
  assert.equal(goalOf(5, store.state).reached, false, 'taking the adapter off is no answer to step 6');
  found('drop', 'skipped');
  assert.deepEqual([goalOf(3, store.state).reached, /whole models/.test(goalOf(3, store.state).waits)], [false, true]);
  found('relearn', 'skipped');
  assert.equal(goalOf(5, store.state).reached, false, 'what does not apply was no attack');
  found('relearn', 'unclear');
  const open = goalOf(5, store.state);
  assert.deepEqual([open.reached, /^No Retrain was attacked/.test(open.note)], [true, true], 'that there was no control is told');
  found('relearn', 'held', { retrain: 0.7 });
  assert.match(goalOf(5, store.state).note, /^The verdict is about the difference from Retrain/);
  finished({ after: 0.9 });
  found('relearn', 'held');
  assert.deepEqual([goalOf(5, store.state).reached, /step 5/.test(goalOf(5, store.state).waits)], [false, true]);
});

test('step 5 asks for the meter near 100 % and for quality, and counts how near', () => {
  const now = (about) => {
    finished(about);
    const { reached, closeness } = goalOf(4, store.state);
    return [reached, closeness];
  };
  assert.deepEqual(now({ after: 0.6 }), [true, 10]);
  assert.deepEqual(now({ after: 0.602 }), [true, 6], '102 %');
  assert.deepEqual(now({ after: 0.595 }), [true, 0], '95 % is the edge');
  assert.deepEqual(now({ after: 0.594 }), [false, 0]);
  assert.deepEqual(now({ after: 0.606 }), [false, 0]);
  assert.deepEqual(now({ after: 0.6, test: -0.0051 }), [false, 10], 'quality was lost');
  assert.match(goalOf(4, store.state).waits, /other answers paid/);
  assert.deepEqual(now({ after: 0.6, expected: 0.45 }), [false, null], 'there was nothing to forget');
  finished({ after: 0.6, calibration: { alpha: 1, scale: 0.5, matched: 'loss' } });
  assert.match(goalOf(4, store.state).note, /fits its own yardstick/);
  finished({ after: 0.6 });
  assert.match(goalOf(4, store.state).note, /without calibration/);
});

test('the score counts steps, says which were shown, and adds nearness only where a figure was asked for', () => {
  assert.equal(scoreText(scoreOf(store.state.tour.done)), '0 of 6 steps; nearness to the mark 0 of 10.');
  const you = { by: /** @type {const} */ ('you'), closeness: null, says: '' };
  const score = scoreOf([you, { ...you, by: 'shown' }, null, null, { ...you, closeness: 7 }, null]);
  assert.equal(scoreText(score), '3 of 6 steps, 1 of them shown to you; nearness to the mark 7 of 10.');
});

test('what is kept is read as far as it is that, and comes back as it was', () => {
  const done = [{ by: /** @type {const} */ ('you'), closeness: 4, says: 'Memory meter: 98 %' }, null, null, null, null, null];
  assert.deepEqual(keptOf(textOf({ step: 3, done })), { step: 3, done: [{ by: 'you', closeness: 4, says: '' }, null, null, null, null, null] }, 'without its figures');
  for (const text of [null, '', '{', '[]', '7', '{"step":99}', '{"step":1.5,"done":{}}', 'null']) assert.deepEqual(keptOf(text).done, store.state.tour.done, String(text));
  assert.deepEqual(keptOf('{"step":2,"done":[{"by":"me"},{"by":"they"},{"by":"shown","says":"x","closeness":1e9}]}').done.map((one) => one?.closeness ?? null), [null, null, 10, null, null, null]);
  assert.equal(keptOf('{"step":-1}').step, 0);
});

test('the address names step, lesson and values of one’s own, and takes the page back to them', () => {
  store.patch('setup', { method: 'e2urec', preset: 'tuned', params: {} });
  store.patch('choice', { kind: 'person', user: 7 });
  const tour = tourActions(part({ store }));
  tour.openTour();
  store.patch('tour', { step: 2 });
  const href = addressOfPlace('https://host.example/', 'forget', part(placeOf(store.state)));
  assert.equal(href, 'https://host.example/#forget&tour=3');
  tour.leaveTour();
  assert.equal(addressOfPlace('https://host.example/', 'forget', part(placeOf(store.state))), 'https://host.example/');
  tour.visitTour(wishesOf(href));
  assert.deepEqual([store.state.tour.open, store.state.tour.step], [true, 2]);
  tour.visitTour(wishesOf('https://host.example/#forget&tour=9'));
  assert.equal(store.state.tour.open, false, 'there is no such step');
  tour.visitTour(wishesOf('https://host.example/#forget&lesson=too-few-steps'));
  assert.deepEqual([store.state.tour.open, store.state.tour.lesson, placeOf(store.state)?.lesson, placeOf(store.state)?.tour], [true, 'too-few-steps', 'too-few-steps', null]);

  const choice = choiceActions(part({ store, api: { select: async () => part({}) } }));
  globalThis.window ??= part(globalThis);
  choice.chooseSettings({ method: 'e2urec', set: 'alpha:2,rank:999,form:7,other:1', steps: 5, seed: 3 });
  assert.deepEqual([store.state.setup.params, store.state.setup.steps, store.state.setup.seed, store.state.setup.preset], [{ alpha: 2, rank: 64, form: 1 }, 5, 3, null], 'values are brought into their rules, and what there is not is not taken');
  assert.deepEqual([placeOf(store.state)?.set, placeOf(store.state)?.steps], ['alpha:2,rank:64', 5]);
  assert.deepEqual(valuesOf('alpha:,:2,x,beta:1e2,gamma:NaN'), { beta: 100 });
});

test('each lesson says in one sentence what to look for; each step speaks of a control, and words stay few', () => {
  for (const { look, id } of LESSONS) {
    assert.match(id, /^[a-z-]+$/);
    assert.match(look, /^[^.!?]+[.]$/, id);
  }
  assert.deepEqual(LESSONS.map(({ id }) => id), ['over-forgetting', 'adapter-dropped', 'too-few-steps', 'published-settings']);
  const steps = stepsOf(store.state.loaded);
  assert.equal(steps.length, 6);
  for (const [idx, { text, title }] of steps.entries()) {
    assert.ok(text.split('. ').length <= 3, title);
    assert.ok(spotsOf(idx, store.state).length > 0, title);
  }
  store.patch('setup', { method: 'e2urec', params: { terms: 0 } });
  assert.match(spotsOf(2, store.state).join(), /#how \.seg/, 'a setting has to be chosen first');
  store.patch('setup', { params: { terms: 2 } });
  assert.match(spotsOf(2, store.state).join(), /#run .*#dock/, 'then it is Start');
  store.put('tab', 'models');
  assert.deepEqual(spotsOf(2, store.state), ['#tab-forget']);
});

test('the article has the figures of the run that was made, and says so where they are the shipped ones', () => {
  const shipped = articleFigures(store.state);
  assert.match(shipped.source, /^Shipped figures/);
  assert.deepEqual([shipped.mine, shipped.forget.before, shipped.forget.goal, shipped.forget.now, shipped.seconds.retrain], [false, 0.82, 0.75, null, 30]);
  finished({ after: 0.6, test: -0.002, calibration: { alpha: 0.5, scale: 0.9, matched: 'loss' } });
  const mine = articleFigures(store.state);
  assert.match(mine.source, /^Figures of your last run: user 7’s ratings, with E2URec, on cpu\.$/);
  assert.deepEqual([mine.forget, mine.numbers, mine.found], [{ before: 0.8, now: 0.7, goal: 0.72, expected: true }, { adapter: 50, model: 1000 }, { alpha: 0.5, scale: 0.9 }]);
  store.put('loaded', part({ ...store.state.loaded, shipped: [] }));
  dispatch({ type: 'session.reset' });
  assert.match(articleFigures(store.state).source, /no figures of this model yet/);
});
