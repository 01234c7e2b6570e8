// @ts-check
// What each step of the tour asks for, and how near the page's state is to it: from the figures that engine and reports give, and from nothing else. Pure.

import { activityOf, scalesOfReport } from '../../app/selectors.js';
import { OWN } from '../../engine/datasets.js';
import { forgetOf } from '../../engine/forget-spec.js';
import { learnedFrom, shareOf } from '../../engine/person-pairs.js';
import { outcomeOf } from '../../engine/report.js';
import { count, duration, fixed, percent, plural, signed } from '../../ui/format.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('../../types.d.ts').TourPrice} TourPrice */
/** A figure of a goal; `ok` is null where nothing is asked of it. @typedef {{label: string, value: string, ok: boolean | null}} Part */
/**
 * `waits`: what has to be there first, in a sentence, empty where nothing has; `closeness`: 0 to 10 where a figure was asked for; `note`: what to think of it once it is reached.
 * @typedef {{reached: boolean, parts: Part[], closeness: number | null, waits: string, note: string}} Goal
 */

/** So much more often than a stranger the model has to be right about somebody, over so many ratings at least. */
export const LEAD = 0.08;
export const LEAST_RATINGS = 40;
/** What unlearning may cost, as a share of a Retrain. */
export const CHEAP = 0.25;
/** How far the memory meter may be from 100 %, and what test AUC may be lost. */
export const MEMORY_BAND = 0.05;
export const QUALITY_LOSS = 0.005;
/** The most that nearness to a figure is worth. */
export const MOST_CLOSENESS = 10;
/** The attack that the fourth step is about. */
const DROP = 'drop';

/** @param {Part[]} parts @param {Partial<Goal>} [more] @returns {Goal} reached where every part that asks for something has it */
const goal = (parts, more = {}) => ({ reached: parts.some(({ ok }) => ok !== null) && parts.every(({ ok }) => ok !== false), parts, closeness: null, waits: '', note: '', ...more });
/** @param {string} waits @returns {Goal} */
const waiting = (waits) => ({ reached: false, parts: [], closeness: null, waits, note: '' });
/** @param {number | null | undefined} share */
const points = (share) => (share == null ? '–' : t('{share} points', { share: signed(share * 100, 1) }));

/** @typedef {{ratings: number, before: number | null, expected: number | null, lead: number | null}} Lead */

/** Counted once for the same answers: somebody with thousands of ratings has millions of pairs. @type {WeakMap<import('../../types.d.ts').UserRow[], Lead>} */
const leads = new WeakMap();

/** How much better than a stranger the model knows the person who is chosen; null while that is not known. @param {Pick<State, 'choice' | 'users'>} state @returns {Lead | null} */
export function leadOf({ choice, users }) {
  const entry = choice.kind === 'person' && choice.user !== null ? users[choice.user] : undefined;
  if (entry?.status !== 'ready') return null;
  const known = leads.get(entry.rows);
  if (known) return known;
  const [before, expected] = [shareOf(entry.rows, 'before'), shareOf(entry.rows, 'expected')];
  const lead = { ratings: learnedFrom(entry.rows).length, before: before?.share ?? null, expected: expected?.share ?? null, lead: before && expected ? before.share - expected.share : null };
  leads.set(entry.rows, lead);
  return lead;
}

/** Step 1: somebody whom the model knows. @param {State} state @returns {Goal} */
function remembers(state) {
  if (state.choice.kind !== 'person' || state.choice.user === null) return waiting(t('Choose “Person” in card 1, and then somebody.'));
  const known = leadOf(state);
  if (!known) return waiting(t('The model is being asked about this person.'));
  const { ratings, before, expected, lead } = known;
  return goal([
    { label: t('Pairs it gets right'), value: percent(before), ok: null },
    { label: t('Expected of a stranger'), value: percent(expected), ok: null },
    { label: t('Lead over a stranger'), value: points(lead), ok: lead !== null && lead >= LEAD },
    { label: t('Ratings learned from'), value: count(ratings), ok: ratings >= LEAST_RATINGS },
  ], { waits: before === null || expected !== null ? '' : state.data.key === OWN ? t('What is expected of a stranger is not known of this model: train it with further models.') : t('What is expected of a stranger is still to come.'), note: t('Taste would be known to a stranger too. What is more than that is memory.') });
}

/**
 * What the choice costs; null while it is not counted, or the time is not known. A Retrain of the same rows that was trained here has its own time.
 * @param {State} state @returns {{kind: 'many' | 'one', price: TourPrice} | null}
 */
export function priceInView({ choice, selection, retrains, setup }) {
  const { value, status } = selection;
  const forget = forgetOf(choice);
  if (status !== 'ready' || !value || !forget || setup.method === 'retrain' || value.seconds == null || value.retrain_seconds == null) return null;
  const kind = choice.kind === 'standard' && value.n_users > 1 ? 'many' : choice.kind === 'person' && value.n_users === 1 ? 'one' : null;
  if (!kind) return null;
  const trained = kind === 'one' ? retrains[`users:${choice.user}`] : undefined;
  const here = trained?.source.startsWith('this device') && trained.seconds ? trained.seconds : null;
  return { kind, price: { label: kind === 'many' ? t('A fifth: {people}', { people: plural(value.n_users, 'person', 'people') }) : t('One person'), seconds: value.seconds, retrain: here ?? value.retrain_seconds, measured: here !== null } };
}

/** Step 2: both prices. @param {State} state @returns {Goal} */
function costs({ tour: { prices }, selection }) {
  const line = (/** @type {TourPrice | null} */ price, /** @type {string} */ label, /** @type {boolean} */ cheap) => ({
    label: price?.label ?? label,
    value: price ? t('{seconds}, a Retrain {retrain}{more}', { seconds: duration(price.seconds), retrain: duration(price.retrain), more: price.measured ? t(' (measured)') : '' }) : t('not looked at'),
    ok: price !== null && (!cheap || price.seconds <= CHEAP * price.retrain),
  });
  const unknown = selection.status === 'ready' && selection.value?.seconds == null;
  return goal([line(prices.many, t('Paper’s 20 %'), false), line(prices.one, t('One person'), true)], {
    waits: unknown ? t('On this device the time is known after the first steps: press Start once.') : '',
    note: t('Times are estimates for this device. What retraining costs does not depend on who goes.'),
  });
}

/** What a report says of the memory meter and of quality, as parts. @param {State} state */
function scalesNow({ result }) {
  if (!result.report) return null;
  const { memory, quality } = scalesOfReport(result.report);
  const change = quality.from == null || quality.now == null ? null : quality.now - quality.from;
  const near = memory.share !== null && Math.abs(memory.share - 1) <= MEMORY_BAND + 1e-9;
  return { share: memory.share, change, near, kept: change !== null && change >= -QUALITY_LOSS, measure: memory.measure };
}

const RUNS = msg('A run goes on.');
const isRunning = (/** @type {State} */ state) => ['running', 'paused', 'retraining'].includes(activityOf(state));

/** Step 3: one teacher alone. @param {State} state @returns {Goal} */
function teachers(state) {
  if (isRunning(state)) return waiting(RUNS);
  const request = state.result.report?.request;
  const scales = scalesNow(state);
  if (!request || !scales) return waiting(t('Nothing has been run yet.'));
  const terms = request.method === 'e2urec' ? request.params.terms ?? 0 : 0;
  const missing = terms === 1 ? t('the forgetting one') : terms === 2 ? t('the remembering one') : t('none');
  return goal([
    { label: t('Teacher left out'), value: missing, ok: terms !== 0 },
    { label: t('Memory meter'), value: percent(scales.share), ok: null },
    { label: t('Test AUC'), value: signed(scales.change, 4), ok: null },
    { label: t('It misses the mark'), value: scales.near && scales.kept ? t('no') : t('yes'), ok: !(scales.near && scales.kept) },
  ], { note: terms === 1 ? t('Nothing pulls the forgotten ratings to where a stranger’s answers lie.') : t('Nothing holds the other answers, and nothing stops the forgetting.') });
}

/** Step 4: the adapter, and the model without it. @param {State} state @returns {Goal} */
function adapter(state) {
  const { result, loaded, attacks } = state;
  if (isRunning(state)) return waiting(RUNS);
  if (!result.report) return waiting(t('Something must be forgotten first: press Start in “Forget one”.'));
  const trained = outcomeOf(result.report)?.trainable_params ?? null;
  const finding = attacks.findings[DROP];
  const chart = finding?.chart.type === 'bars' ? finding.chart.bars : [];
  const right = (/** @type {number | null | undefined} */ share) => (share == null ? '–' : t('{share} of 100 right', { share: fixed(share * 100, 0) }));
  const made = finding !== undefined && finding.verdict !== 'skipped';
  return goal([
    { label: t('Numbers in the adapter'), value: trained === null || !loaded ? count(trained) : t('{trained} beside {n_params} ({trained2})', { trained: count(trained), n_params: count(loaded.n_params), trained2: percent(trained / loaded.n_params, 1) }), ok: null },
    { label: t('With the adapter'), value: right(chart[1]?.right), ok: null },
    { label: t('Without it'), value: right(finding?.unlearned), ok: made },
    { label: t('The original'), value: right(finding?.original), ok: null },
  ], { waits: finding && !made ? t('This method makes whole models: run E2URec, which has an adapter.') : '', note: t('To hand on a model that has forgotten, merge the adapter into its weights.') });
}

/** Step 5: as much as is expected, and not more. @param {State} state @returns {Goal} */
function forgot(state) {
  if (isRunning(state)) return waiting(RUNS);
  const scales = scalesNow(state);
  if (!scales) return waiting(t('Nothing has been run yet.'));
  const little = scales.share === null;
  const closeness = scales.share === null ? null : Math.round(MOST_CLOSENESS * Math.max(0, 1 - Math.abs(scales.share - 1) / MEMORY_BAND));
  const by = state.result.report?.calibration ? t('Calibration fits its own yardstick: that the meter reads about 100 % shows that the fit worked, not that the estimate is right.') : t('Reached without calibration. Another person would need another setting.');
  return goal([
    { label: t('Memory meter'), value: little ? t('nothing to forget') : percent(scales.share, 1), ok: scales.near },
    { label: t('Test AUC'), value: signed(scales.change, 4), ok: scales.kept },
  ], { closeness, waits: little ? t('The model had hardly memorised them: choose somebody else.') : scales.near && !scales.kept ? t('Forgotten as asked, but other answers paid for it: try somebody else, or fewer steps.') : '', note: scales.measure === 'auc' ? t('Measured against a Retrain of the same rows.') : by });
}

/** What a verdict is called, as the tab has it. @type {Record<import('../../types.d.ts').Finding['verdict'], string>} */
export const VERDICTS = { held: msg('holds'), partly: msg('holds in part'), broken: msg('does not hold'), overdone: msg('overdone'), unclear: msg('cannot be said'), skipped: msg('does not apply') };

/** Step 6: an attack on such a run. @param {State} state @returns {Goal} */
function undone(state) {
  if (isRunning(state)) return waiting(RUNS);
  const scales = scalesNow(state);
  if (!scales) return waiting(t('Something must be forgotten first, as in step 5.'));
  const made = Object.values(state.attacks.findings).filter(({ id, verdict }) => id !== DROP && verdict !== 'skipped');
  const alone = made.some(({ retrain }) => retrain == null);
  return goal([
    { label: t('Memory meter of the run'), value: percent(scales.share, 1), ok: scales.near },
    ...(made.length === 0 ? [{ label: t('Attack'), value: t('none yet'), ok: false }] : made.map(({ label, verdict }) => ({ label: said(label), value: t(VERDICTS[verdict] ?? verdict), ok: true }))),
  ], {
    waits: scales.near ? '' : t('This result is not the one of step 5: make that run again first.'),
    note: alone ? t('No Retrain was attacked beside it, so nobody can say how much would come back anyway. One can be trained in “Attacks”.') : t('The verdict is about the difference from Retrain under the same attack.'),
  });
}

const GOALS = [remembers, costs, teachers, adapter, forgot, undone];

/** @param {number} step @param {State} state @returns {Goal} */
export const goalOf = (step, state) => GOALS[step]?.(state) ?? waiting('');

/** The figures of a goal in one line, to be kept when the page's state has moved on. @param {Goal} goal */
export const saysOf = ({ parts }) => parts.map(({ label, value }) => `${label}: ${value}`).join('; ');

/** Steps that are done, how many of them were shown, and the points for nearness. @param {State['tour']['done']} done */
export function scoreOf(done) {
  const made = done.filter((one) => one !== null);
  return { done: made.length, of: done.length, shown: made.filter(({ by }) => by === 'shown').length, closeness: made.reduce((sum, { closeness }) => sum + (closeness ?? 0), 0), most: MOST_CLOSENESS };
}
