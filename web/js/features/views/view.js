// @ts-check
// Inside the run: the same moment in the map, the adapter, the people, the items and the answers, with a scrubber over the run. Comes with a run's first answers.

import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { momentIdx } from '../../app/moment.js';
import { wordsFor } from '../../engine/datasets.js';
import { personLabel, personName } from '../../engine/person-name.js';
import { count } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { Button, Segmented } from '../../ui/widgets.js';
import { language, t } from '../../ui/words.js';
import { Beside } from './beside.js';
import { HeatMap } from './heat.js';
import { GroupList } from './lists.js';
import { rowText, SampleMap } from './map.js';
import { answersAt, goalOf, isAimed, litBy } from './sample.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('./sample.js').Aim} Aim */

/** What is held is shown alone: nothing of it needs to stand out. @type {ReadonlySet<number>} */
const NONE = new Set();
/** Time that a moment is looked at, at speed 1. */
const MOMENT_MS = 700;
const SPEEDS = [{ value: 0.5, label: '½×' }, { value: 1, label: '1×' }, { value: 2, label: '2×' }, { value: 4, label: '4×' }];

/** @param {import('../../types.d.ts').Moment} moment @param {number} last */
const stepText = (moment, last) => (moment.step === 0 ? t('Before the first step: Original') : t('Step {step} of {last}{more}', { step: count(moment.step), last: count(last), more: moment.calibrated ? t(', the adapter scaled') : '' }));

/** Play, pause, single step, speed, and where in the run. */
const Transport = memo(
  /** @param {{list: import('../../types.d.ts').Moment[], n: number, idx: number, total: number, focus: State['focus'], running: boolean, actions: Actions}} props */
  ({ list, n, idx, total, focus, running, actions }) => {
    const { playing, speed } = focus;
    useEffect(() => {
      if (!playing) return undefined;
      const timer = setTimeout(actions.playOn, MOMENT_MS / speed);
      return () => clearTimeout(timer);
    }, [playing, speed, idx]);
    const moment = list[idx];
    if (!moment) return null;
    const text = stepText(moment, total);
    return h(
      'div',
      { class: 'card transport' },
      h(
        'div',
        { class: 'keys' },
        h(Button, { label: playing ? t('Pause') : t('Play'), glyph: playing ? 'pause' : 'play', kind: 'slim', onClick: playing ? actions.pauseMoments : actions.playMoments }),
        h(Button, { label: t('Back#step'), kind: 'slim', disabled: idx <= 0, onClick: () => actions.stepMoment(-1) }),
        h(Button, { label: t('On#step'), kind: 'slim', disabled: idx >= n - 1, onClick: () => actions.stepMoment(1) }),
        h(Segmented, { label: t('Speed'), slim: true, options: SPEEDS, value: speed, onChange: actions.playAt }),
      ),
      h(
        'label',
        { class: 'scrub' },
        h('span', { class: 'where' }, text, running && focus.at === null ? t(', followed live') : ''),
        h('input', { type: 'range', min: 0, max: Math.max(0, n - 1), step: 1, value: idx, 'aria-label': t('Moment of the run'), 'aria-valuetext': text, onInput: (/** @type {Event} */ event) => actions.lookAtMoment(Number(/** @type {HTMLInputElement} */ (event.currentTarget).value)) }),
      ),
    );
  },
);

/** Of whom the answers are shown. @param {State} state @param {Aim | null} held @param {import('./sample.js').Answer[]} chosen */
function titleOf(state, held, chosen) {
  const { item } = wordsFor(state.loaded);
  if (held === null) return t('All ratings of the sample');
  const [first] = chosen;
  if (held.kind === 'user') return t('{what}, side by side', { what: personLabel(state.loaded, held.id) });
  return held.kind === 'item' ? first ? t('{title}, side by side', { title: first.title }) : t('{what}, side by side', { what: t(item) }) : t('One rating, side by side');
}

/** @param {{state: State, actions: Actions}} props */
function Views({ state, actions }) {
  const { run, focus, loaded } = state;
  const { rows, list } = run.moments;
  const n = list.length;
  const idx = momentIdx(state);
  const moment = list[idx];
  const answers = useMemo(() => answersAt({ rows, list }, idx), [rows, list, n, idx]);
  const { aim, held } = focus;
  const pointed = aim ?? held;
  const lit = useMemo(() => litBy(answers, pointed), [answers, pointed]);
  const chosen = useMemo(() => (held === null ? answers : answers.filter((row) => isAimed(row, held))), [answers, held]);
  const goal = useMemo(() => goalOf(rows), [rows]);
  const nameOf = useCallback((/** @type {number} */ user) => personName(loaded, user), [loaded, language()]);
  const labelOfUser = useCallback((/** @type {{user: number}} */ row) => personLabel(loaded, row.user), [loaded, language()]);
  const labelOfItem = useCallback((/** @type {{title: string}} */ row) => row.title, []);
  const aimRow = useCallback((/** @type {number | null} */ at) => actions.aimAt(at === null ? null : { kind: 'row', id: at }), [actions]);
  const holdRow = useCallback((/** @type {number} */ at) => actions.holdAim({ kind: 'row', id: at }), [actions]);
  if (!moment) return null;
  const { items } = wordsFor(loaded);
  const said = aim?.kind === 'row' && answers[aim.id] ? rowText(/** @type {import('./sample.js').Answer} */ (answers[aim.id]), nameOf) : held ? t('Held: press it again to let go.') : t('Point at a dot, a person or a title: it lights up everywhere. A press holds it.');
  return [
    h(Transport, { key: 'transport', list, n, idx, total: run.phase === 'student' ? run.total : list.at(-1)?.step ?? 0, focus, running: run.status === 'running', actions }),
    h('p', { key: 'said', class: 'aimed small', 'aria-live': 'off' }, said),
    h(SampleMap, { key: 'map', answers, list, n, moment, lit: lit.rows, nameOf, onAim: aimRow, onHold: holdRow }),
    h(HeatMap, { key: 'heat', list, n, idx, moment, weight: focus.weight, onWeight: actions.aimAtWeight }),
    h('div', { key: 'groups', class: 'two' },
      h(GroupList, { answers, by: 'user', title: t('People'), labelOf: labelOfUser, lit: lit.users, held: held?.kind === 'user' ? held.id : null, onAim: actions.aimAt, onHold: actions.holdAim }),
      h(GroupList, { answers, by: 'item', title: t(items).replace(/^./, (letter) => letter.toUpperCase()), labelOf: labelOfItem, lit: lit.items, held: held?.kind === 'item' ? held.id : null, onAim: actions.aimAt, onHold: actions.holdAim })),
    h(Beside, { key: 'beside', answers, chosen, title: titleOf(state, held, chosen), goal, lit: aim === null ? NONE : lit.rows, nameOf, onAim: aimRow }),
  ];
}

/** @param {HTMLElement} section @param {Actions} actions @param {() => void} invalidate has everything drawn @returns {(state: State) => void} */
export function mountViews(section, actions, invalidate) {
  const host = /** @type {HTMLElement} */ (section.querySelector('.view'));
  // A moment takes some 60 ms to draw, several times a second: out of sight it is left, and drawn when the window comes near.
  let near = false;
  new IntersectionObserver((entries) => {
    near = entries.at(-1)?.isIntersecting ?? false;
    if (near) invalidate();
  }, { rootMargin: '400px' }).observe(section);
  return (state) => {
    const some = state.run.moments.list.length > 0;
    section.hidden = !some;
    if (near || !some) render(some ? h(Views, { state, actions }) : null, host);
  };
}
