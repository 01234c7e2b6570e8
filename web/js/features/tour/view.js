// @ts-check
// The tour's panel: a column beside the lab, or a sheet at the lower edge. It says one thing to do on the real controls, marks the control, and checks what
// comes of it. Loaded when the tour is first opened.

import { useState } from 'preact/hooks';
import { TOUR_STEPS } from '../../app/state.js';
import { h, render } from '../../ui/h.js';
import { marker } from '../../ui/term.js';
import { Button, ErrorBox, Reason } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { goalOf, scoreOf } from './goals.js';
import { createGuide, whyNotShow } from './guide.js';
import { lessonOf, LESSONS } from './lessons.js';
import { bringIntoSight, findSpot, focusIn, mark } from './mark.js';
import { nameOfSpot, spotsOf, spotsOfLesson } from './spots.js';
import { scoreText, stepsOf } from './words.js';

/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('./goals.js').Goal} Goal */
/** @typedef {import('./guide.js').Guide} Guide */
/** What every part of the panel needs; `goTo` moves the focus to the control that is marked. @typedef {{state: State, guide: Guide, goTo: () => void}} Props */

/** The spots of what is open. @param {State} state */
const spotsNow = (state) => (state.tour.lesson !== '' ? spotsOfLesson(state) : spotsOf(state.tour.step ?? 0, state));

/** Copies the address, which holds step, choice and settings; never a person of one's own data. */
function CopyLink() {
  const [said, setSaid] = useState('');
  const copy = () => navigator.clipboard?.writeText(location.href).then(() => setSaid(t('Copied.')), () => setSaid(t('Take it from the address bar.'))) ?? setSaid(t('Take it from the address bar.'));
  return h('span', { class: 'tour-link' }, h('button', { type: 'button', class: 'link', onClick: () => void copy() }, t('Copy the link to this')), h('span', { role: 'status' }, said && ` ${said}`));
}

/** Where the tour is, and the way to each step. @param {Props & {titles: string[]}} props */
function Steps({ state: { tour }, guide, titles }) {
  return h(
    'nav',
    { class: 'tour-steps', 'aria-label': t('Steps of the tour') },
    titles.map((title, idx) => {
      const done = tour.done[idx] ?? null;
      const now = tour.lesson === '' && tour.step === idx;
      return h('button', { key: title, type: 'button', class: `tour-dot${done ? ' done' : ''}`, 'aria-current': now ? 'step' : undefined, 'aria-label': t('Step {idx}: {title}{more}', { idx: idx + 1, title, more: done ? t(', done') : '' }), title, onClick: () => guide.go(idx) }, h('span', { 'aria-hidden': 'true' }, done && !now ? '✓' : idx + 1));
    }),
  );
}

/** @param {{goal: Goal, asked: string, done: import('../../types.d.ts').TourDone | null}} props */
function GoalBox({ goal, asked, done }) {
  const reached = goal.reached || done !== null;
  const before = done !== null && !goal.reached;
  return h(
    'div',
    { class: reached ? 'tour-goal reached' : 'tour-goal' },
    h('p', { class: 'tour-asked' }, h('b', null, reached ? (done?.by === 'shown' ? t('Reached, shown to you: ') : t('Reached: ')) : t('Goal: ')), asked),
    goal.parts.length > 0 && h('dl', null, goal.parts.map(({ label, value, ok }) => h('div', { key: label, class: ok === null ? '' : ok ? 'ok' : 'open' }, h('dt', null, label), h('dd', null, value, ok !== null && h('span', { class: 'tour-tick' }, h('span', { 'aria-hidden': 'true' }, ok ? ' ✓' : ' ○'), h('span', { class: 'unseen' }, ok ? t(' (as asked)') : t(' (not yet)'))))))),
    goal.waits && h('p', { class: 'small muted' }, goal.waits),
    goal.closeness !== null && goal.reached && h('p', { class: 'small' }, t('Nearness to the mark: {closeness} of 10.', { closeness: goal.closeness })),
    goal.reached && goal.note && h('p', { class: 'small muted' }, goal.note),
    before && h('p', { class: 'small muted' }, done.says === '' ? t('Done at an earlier visit.') : t('Then it was: {says}.', { says: done.says })),
  );
}

/** @param {Props & {step: number}} props */
function Step({ state, guide, goTo, step }) {
  const { tour, loaded } = state;
  const words = stepsOf(loaded)[step];
  if (!words) return null;
  const goal = goalOf(step, state);
  const done = tour.done[step] ?? null;
  const marked = marker();
  const why = whyNotShow(state, step);
  return [
    h('h2', { key: 'title', id: 'tour-title', tabindex: '-1' }, words.title),
    h('p', { key: 'text' }, marked(words.text)),
    h('p', { key: 'task', class: 'tour-task' }, h('b', null, t('To do: ')), marked(words.task), ' ', h('button', { type: 'button', class: 'link', onClick: goTo }, t('Go to {place}', { place: nameOfSpot(spotsNow(state)) }))),
    h(GoalBox, { key: 'goal', goal, asked: words.goal, done }),
    h('p', { key: 'said', class: 'unseen', role: 'status' }, goal.reached ? t('Step {step} is done. {note}', { step: step + 1, note: goal.note }) : ''),
    h(ErrorBox, { key: 'error', error: tour.error, calm: true }),
    h(
      'div',
      { key: 'buttons', class: 'tour-buttons' },
      step > 0 && h(Button, { key: 'back', label: t('Back'), kind: 'slim', onClick: () => guide.go(step - 1) }),
      h(Button, { key: 'show', label: tour.showing === step ? t('Showing…') : t('Show me'), kind: 'slim', title: words.show, why, reason: 'why-tour', onClick: () => void guide.show(step) }),
      h(Button, { key: 'next', label: step + 1 < TOUR_STEPS ? t('Next') : t('To the end'), kind: done ? 'slim primary' : 'slim', onClick: () => guide.go(step + 1) }),
    ),
    h(Reason, { key: 'why', id: 'why-tour', text: why, said: tour.showing !== null }),
  ];
}

/** The lessons, as settings of the same controls. @param {Props} props */
const Lessons = ({ state: { tour }, guide }) =>
  h('ul', { class: 'tour-lessons' }, LESSONS.map(({ id, label }) => h('li', { key: id }, h('button', { type: 'button', class: 'link', 'aria-current': tour.lesson === id ? 'true' : undefined, onClick: () => guide.lesson(id) }, t(label)))));

/** @param {Props} props */
function LessonView({ state, guide, goTo }) {
  const lesson = lessonOf(state.tour.lesson);
  if (!lesson) return null;
  const [memory, quality] = goalOf(4, state).parts;
  return [
    h('h2', { key: 'title', id: 'tour-title', tabindex: '-1' }, t('Lesson: {label}', { label: t(lesson.label).toLowerCase() })),
    h('p', { key: 'look' }, marker()(lesson.look)),
    h('p', { key: 'task', class: 'tour-task' }, h('button', { type: 'button', class: 'link', onClick: goTo }, t('Go to {place}', { place: nameOfSpot(spotsNow(state)) }))),
    memory && quality && h('div', { key: 'now', class: 'tour-goal' }, h('p', { class: 'small muted' }, t('The last result:')), h('dl', null, [memory, quality].map(({ label, value }) => h('div', { key: label }, h('dt', null, label), h('dd', null, value))))),
    h('p', { key: 'more', class: 'small muted' }, t('Other lessons:')),
    h(Lessons, { key: 'lessons', state, guide, goTo }),
    h('div', { key: 'buttons', class: 'tour-buttons' }, h(Button, { label: t('To the tour'), kind: 'slim', onClick: guide.backToTour })),
  ];
}

/** After the last step: the score, and where it goes on. @param {Props & {titles: string[]}} props */
function End({ state, guide, goTo, titles }) {
  const { done } = state.tour;
  const score = scoreOf(done);
  return [
    h('h2', { key: 'title', id: 'tour-title', tabindex: '-1' }, score.done === score.of ? t('That was the tour.') : t('{done} of {of} steps are done.', { done: score.done, of: score.of })),
    h('p', { key: 'score' }, scoreText(score)),
    h('ol', { key: 'list', class: 'tour-list' }, titles.map((title, idx) => {
      const one = done[idx] ?? null;
      return h('li', { key: title, class: one ? 'ok' : 'open' }, h('button', { type: 'button', class: 'link', onClick: () => guide.go(idx) }, title), h('span', { class: 'small muted' }, one ? ` ${one.by === 'shown' ? t('shown to you') : t('done')}` : ` ${t('open')}`));
    })),
    h('p', { key: 'more' }, t('Four settings that are worth a look, as lessons:')),
    h(Lessons, { key: 'lessons', state, guide, goTo }),
    h('div', { key: 'buttons', class: 'tour-buttons' }, h(Button, { label: t('Start over'), kind: 'slim', onClick: guide.startOver }), h(Button, { label: t('To the lab'), kind: 'slim primary', onClick: guide.leave })),
  ];
}

/** @param {Props} props */
function Tour({ state, guide, goTo }) {
  const { tour, loaded } = state;
  const step = tour.step ?? 0;
  const titles = stepsOf(loaded).map(({ title }) => title);
  const isEnd = step >= TOUR_STEPS;
  const score = scoreOf(tour.done);
  const at = tour.lesson !== '' ? t('Lessons') : isEnd ? t('Tour, the end') : t('Tour, step {step} of {TOUR_STEPS}', { step: step + 1, TOUR_STEPS });
  const shared = { state, guide, goTo };
  return h(
    'div',
    { class: 'card tour-card' },
    h(
      'div',
      { class: 'tour-head' },
      h('p', { class: 'tour-at' }, at, tour.folded && h('span', { class: 'tour-short' }, tour.lesson !== '' ? t(lessonOf(tour.lesson)?.label ?? '') : `${titles[step] ?? ''}${tour.done[step] ? ' ✓' : ''}`)),
      h(Button, { key: 'fold', label: tour.folded ? t('Unfold') : t('Fold'), kind: 'slim tour-fold', onClick: () => guide.fold(!tour.folded), about: { 'aria-expanded': String(!tour.folded), 'aria-controls': 'tour-body' } }),
      h(Button, { key: 'leave', label: t('Leave'), kind: 'slim', title: t('Leave the tour (Escape); “Tour” takes it up again'), onClick: guide.leave }),
    ),
    h(
      'div',
      { id: 'tour-body', class: 'tour-body', hidden: tour.folded },
      h(Steps, { ...shared, titles }),
      h('div', { key: `${tour.lesson}${step}`, class: 'tour-step' }, tour.lesson !== '' ? h(LessonView, shared) : isEnd ? h(End, { ...shared, titles }) : h(Step, { ...shared, step })),
      h('p', { class: 'tour-foot small muted' }, t('{done} of {of} done. ', { done: score.done, of: score.of }), h(CopyLink, {}), h('span', { class: 'tour-keys' }, t(' Escape comes back here from the lab, and then leaves.'))),
    ),
  );
}

/** Whether a dialog, a word or a list is open that Escape closes first. */
const isSomethingOpen = () => document.querySelector('dialog[open], [popover]:popover-open, details.badge[open]') !== null;

/**
 * @param {HTMLElement} host
 * @param {HTMLElement} dock the bar at the lower edge, above which the sheet stands
 * @param {{store: import('../../app/store.js').Store, actions: import('../../app/actions.js').Actions}} page
 * @returns {(state: State) => void}
 */
export function mountTour(host, dock, { store, actions }) {
  const { state } = store;
  const guide = createGuide(store, actions);
  const { style } = document.documentElement;
  const measure = () => {
    style.setProperty('--dock-height', `${dock.offsetHeight}px`);
    style.setProperty('--sheet-height', `${host.offsetHeight}px`);
  };
  const observer = new ResizeObserver(measure);
  for (const one of [dock, host]) observer.observe(one);
  /** Height at the lower edge that the sheet and the bar stand over. */
  const covered = () => Math.max(0, ...[host, dock].filter((one) => getComputedStyle(one).position === 'fixed' && one.offsetHeight > 0).map((one) => innerHeight - one.getBoundingClientRect().top));
  const title = () => document.getElementById('tour-title');
  const goTo = () => {
    const spot = findSpot(spotsNow(state));
    if (!spot) return;
    bringIntoSight(spot, covered());
    focusIn(spot);
  };
  /** From a control back to the panel, and from the panel out of the tour. */
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !state.tour.open || isSomethingOpen()) return;
    const at = document.activeElement;
    // A search is emptied first.
    if (at instanceof HTMLInputElement && at.type === 'search' && at.value !== '') return;
    if (at && at !== document.body && !host.contains(at)) (state.tour.folded ? host.querySelector('button') : title())?.focus();
    else guide.leave();
  });
  let last = '';
  return (now) => {
    const { tour, tab } = now;
    const had = host.contains(document.activeElement) || document.activeElement?.closest('#tour-open, #article, #game') !== null;
    guide.follow();
    if (!tour.open) {
      mark(null);
      if (last !== '' && (had || document.activeElement === document.body)) /** @type {HTMLElement | null} */ (document.querySelector(tab === 'forget' ? '#tour-open' : `#tab-${tab}`))?.focus({ preventScroll: true });
      last = '';
      render(null, host);
      return;
    }
    if (state.tour.step === null && tour.lesson === '') return;
    render(h(Tour, { state, guide, goTo }), host);
    const spot = findSpot(spotsNow(state));
    mark(spot);
    const key = `${state.tour.lesson} ${state.tour.step}`;
    if (key === last) return;
    const first = last === '';
    last = key;
    host.querySelector('.tour-body')?.scrollTo(0, 0);
    if (had) title()?.focus({ preventScroll: true });
    // What an address opens stays where the browser has it, until the page stands still.
    if (spot && (had || !first)) bringIntoSight(spot, covered());
  };
}
