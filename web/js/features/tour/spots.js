// @ts-check
// Which of the page's controls a step speaks of, as the page stands now: selectors, the first that is in sight counts. Pure.

import { activityOf, isShown } from '../../app/selectors.js';
import { msg, t } from '../../ui/words.js';
import { leadOf, LEAD, LEAST_RATINGS, priceInView } from './goals.js';
import { lessonOf } from './lessons.js';

/** @typedef {import('../../types.d.ts').State} State */

const START = ['#run .order .btn.primary', '#dock .btn.primary'];
const RUNNING = ['#run .stages', '#dock'];
const SETTING = ['#how .seg:not(.slim)'];
const METHOD = ['#how select'];
const KINDS = ['#what .view > .panel > .seg'];
const PEOPLE = ['#what .people'];
const METERS = ['#live .gauge'];
/** @param {string} id */
const attackOf = (id) => [`#panel-attacks [data-attack="${id}"] .head`];
/** What the steps' texts call it. @type {[string[], string][]} */
const NAMES = [[START, msg('Start')], [RUNNING, msg('the run’s stages')], [SETTING, msg('the settings')], [METHOD, msg('the methods')], [KINDS, msg('what can be chosen')], [PEOPLE, msg('the people')], [METERS, msg('the meters')]];

/** On the tab where it is done; else the tab itself. @param {State} state @param {State['tab']} tab @param {string[]} there */
const on = (state, tab, there) => (state.tab === tab ? there : [`#tab-${tab}`]);

/** @param {State} state @param {(terms: number) => boolean} fits whether a setting of E2URec is one that the step asks for */
function toRun(state, fits) {
  if (['running', 'paused'].includes(activityOf(state))) return RUNNING;
  const { method, params } = state.setup;
  if (method !== 'e2urec') return METHOD;
  return fits(params.terms ?? 0) ? START : SETTING;
}

/** @param {State} state @param {string} id */
function toAttack(state, id) {
  if (!state.result.report || state.result.lost) return on(state, 'forget', START);
  return on(state, 'attacks', attackOf(id));
}

/** @param {number} step @param {State} state @returns {string[]} */
export function spotsOf(step, state) {
  const { tour, result, attacks, choice } = state;
  const request = result.report?.request;
  switch (step) {
    case 0: {
      const known = leadOf(state);
      const found = known?.lead != null && known.lead >= LEAD && known.ratings >= LEAST_RATINGS;
      return on(state, 'forget', choice.kind !== 'person' ? KINDS : found ? ['#what .history'] : PEOPLE);
    }
    case 1:
      return on(state, 'forget', tour.prices.many && !tour.prices.one && choice.kind === 'person' && priceInView(state) === null ? PEOPLE : KINDS);
    case 2:
      return on(state, 'forget', request?.method === 'e2urec' && (request.params.terms ?? 0) !== 0 && activityOf(state) !== 'running' ? METERS : toRun(state, (terms) => terms !== 0));
    case 3:
      return attacks.findings.drop && state.tab === 'attacks' ? ['#panel-attacks [data-attack="drop"]'] : toAttack(state, 'drop');
    case 4:
      return on(state, 'forget', request && isShown(state) && (request.params.terms ?? 0) === 0 && activityOf(state) !== 'running' ? METERS : toRun(state, (terms) => terms === 0));
    case 5:
      return toAttack(state, 'relearn');
    default:
      return [];
  }
}

/** @param {State} state @returns {string[]} of the lesson that is open */
export function spotsOfLesson(state) {
  const lesson = lessonOf(state.tour.lesson);
  const done = lesson && isShown(state) && state.run.status === 'done';
  if (done && lesson.attack) return toAttack(state, lesson.attack);
  if (['running', 'paused'].includes(activityOf(state))) return on(state, 'forget', RUNNING);
  return on(state, 'forget', done ? METERS : START);
}

/** What a spot is called in a sentence. @param {string[]} spots */
export function nameOfSpot(spots) {
  const [first = ''] = spots;
  if (first.startsWith('#tab-')) return { forget: t('the tab “Forget one”'), compare: t('the tab “Compare”'), attacks: t('the tab “Attacks”'), models: t('the tab “Models”') }[first.slice(5)] ?? t('the tab');
  if (first.includes('data-attack')) return t('the attack');
  return t(NAMES.find(([one]) => one === spots)?.[1] ?? msg('the ratings'));
}
