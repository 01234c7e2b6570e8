// @ts-check
// Step 3: what will be done, the buttons, how far it is. Where the columns stand one below the other, the same in a bar at the lower edge.

import { useEffect } from 'preact/hooks';
import { isShown, whyNot } from '../../app/selectors.js';
import { wordsFor } from '../../engine/datasets.js';
import { choose } from '../../engine/device.js';
import { forgetOf, nameOf } from '../../engine/forget-spec.js';
import { adviceOf } from '../../engine/memory-budget.js';
import { bringUp } from '../../ui/bring-up.js';
import { bytes, count, duration, moment, percent, plural } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { Term } from '../../ui/term.js';
import { Bar, Button, ErrorBox, progressbar, Reason, useKeptFocus } from '../../ui/widgets.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').Phase} Phase */
/** @typedef {import('../../types.d.ts').RunState} RunState */
/** @typedef {import('../../types.d.ts').State} State */

/** @type {Record<Phase, {short: string, long: string}>} */
const PHASES = {
  before: { short: msg('Before'), long: msg('Measuring the model before') },
  augment: { short: msg('Over-learn'), long: msg('Over-learning the forget set in a copy') },
  teachers: { short: msg('Teachers'), long: msg('Asking both teachers once') },
  student: { short: msg('Unlearn'), long: msg('Unlearning') },
  calibrate: { short: msg('Scale'), long: msg('Making the adapter as strong as is expected') },
  retrain: { short: msg('Retrain'), long: msg('Training a model that never sees it') },
  after: { short: msg('After'), long: msg('Measuring the result') },
  attack: { short: msg('Attack'), long: msg('Attacking the result') },
};
const STAGES = { run: /** @type {Phase[]} */ (['before', 'augment', 'teachers', 'student', 'calibrate', 'after']), retrain: /** @type {Phase[]} */ (['before', 'retrain', 'after']) };

/** What will be done, or is. @param {State} state */
function planOf(state) {
  const { run, setup, loaded, selection } = state;
  if (state.boot.status !== 'ready') return { title: t('Getting ready'), detail: said(state.boot.what) };
  const method = loaded?.methods.find((entry) => entry.id === setup.method);
  const preset = method?.presets.find((entry) => entry.id === setup.preset);
  if (run.status === 'running') {
    const title = run.kind === 'retrain' ? t('Training a model that never sees {label}', { label: run.label }) : t('Forgetting {label}', { label: run.label });
    return { title, detail: run.phase ? t(PHASES[run.phase].long) : t('Starting') };
  }
  const forget = forgetOf(state.choice);
  if (!forget) return { title: t('Choose what to forget'), detail: t('Then press Start.') };
  const title = t('Forget {forget} with {label}{more}', { forget: nameOf(forget, wordsFor(loaded).items, loaded), label: method ? said(method.label) : '…', more: preset ? t(', {preset}', { preset: said(preset.label).toLowerCase() }) : '' });
  const { value } = selection;
  if (!value) return { title, detail: selection.status === 'error' ? t('This cannot be run as it is.') : t('Counting what that comes to…') };
  const cost = value.seconds == null ? t('the time is known after the first steps') : t('about {seconds} on this device', { seconds: duration(value.seconds) });
  const memory = loaded?.about.kind === 'text' && value.memory ? t(', {bytes} of memory', { bytes: bytes(value.memory.bytes) }) : '';
  return { title, detail: t('{ratings}, {steps}, {cost}{memory}.', { ratings: plural(value.sizes.forget, 'rating'), steps: plural(value.steps, 'step'), cost, memory }) };
}

/** @param {RunState} run */
function leftText(run) {
  if (run.status === 'done') return t('Done in {elapsed}, measuring included', { elapsed: duration(run.elapsed) });
  if (run.status === 'cancelled') return t('Cancelled');
  if (run.status === 'error') return t('Stopped');
  if (run.status !== 'running') return '';
  if (run.cancelling) return t('Cancelling…');
  if (run.paused) return t('Paused at step {step}. “Step” does one more.', { step: count(run.step) });
  return run.left == null ? t('Working out the time left…') : t('about {left} left', { left: duration(Math.max(run.left, 0.1)) });
}

/** What a screen reader is told of a run: each phase, and each quarter of a long one. @param {RunState} run */
function spoken(run) {
  if (run.status === 'running') {
    if (run.paused) return t('Paused');
    if (!run.phase) return t('Started');
    const quarters = run.phase === 'student' || run.phase === 'retrain' ? Math.floor((run.done / Math.max(1, run.total)) * 4) : 0;
    return quarters > 0 && quarters < 4 ? `${t(PHASES[run.phase].long)}: ${percent(quarters / 4)}` : t(PHASES[run.phase].long);
  }
  return run.status === 'done' ? t('Done. The result is below.') : run.status === 'cancelled' ? t('Cancelled') : '';
}

/** Why no run could begin, and why nothing could be reset; empty where it could. @typedef {{status: RunState['status'], paused: boolean, cancelling: boolean, whyNoStart: string, whyNoReset: string, actions: Actions}} ButtonProps */

/** @param {State} state @param {Actions} actions @returns {ButtonProps} */
const buttonProps = (state, actions) => ({
  status: state.run.status, paused: state.run.paused, cancelling: state.run.cancelling, whyNoStart: whyNot(state, 'start'), whyNoReset: whyNot(state, 'reset'), actions,
});

/** @param {ButtonProps} props */
const StartButton = ({ whyNoStart, actions }) => h(Button, { label: t('Start'), kind: 'primary', glyph: 'play', why: whyNoStart, reason: 'why-start', onClick: () => void actions.start() });
/** @param {ButtonProps} props */
const PauseButton = ({ paused, cancelling, actions }) =>
  paused
    ? h(Button, { key: 'resume', label: t('Resume'), kind: 'primary', glyph: 'play', onClick: actions.resume })
    : h(Button, { key: 'pause', label: t('Pause'), glyph: 'pause', disabled: cancelling, onClick: actions.pause });
/** @param {ButtonProps} props */
const CancelButton = ({ cancelling, actions }) => h(Button, { label: t('Cancel'), glyph: 'stop', disabled: cancelling, onClick: actions.cancel });

const Buttons = memo(
  /** @param {ButtonProps & {dock: HTMLElement}} props */
  ({ dock, ...props }) => {
    const { status, cancelling, whyNoStart, whyNoReset, actions } = props;
    const running = status === 'running';
    const group = useKeptFocus();
    // The bar at the lower edge steps aside while the buttons themselves are in sight.
    useEffect(() => {
      const observer = new IntersectionObserver(([entry]) => dock.classList.toggle('away', Boolean(entry?.isIntersecting)));
      if (group.ref.current) observer.observe(group.ref.current);
      return () => observer.disconnect();
    }, []);
    return h(
      'div',
      { class: 'buttons', ...group },
      running ? h(PauseButton, { key: 'pause', ...props }) : h(StartButton, { key: 'start', ...props }),
      h(Button, { key: 'step', label: t('Step#button'), glyph: 'step', title: t('One step, then stand still'), disabled: cancelling, why: running ? '' : t('Single steps are for a run in progress.'), onClick: actions.step }),
      running
        ? h(CancelButton, { key: 'cancel', ...props })
        : h(Button, { key: 'reset', label: t('Reset'), glyph: 'reset', title: t('Drop the adapter and the figures of this session'), why: whyNoReset, reason: whyNoReset === whyNoStart ? 'why-start' : undefined, onClick: () => void actions.reset() }),
    );
  },
);

/** How far each stage is. @param {{run: RunState}} props */
function Stages({ run }) {
  const order = STAGES[run.kind];
  const now = run.phase ? order.indexOf(run.phase) : -1;
  const running = run.status === 'running';
  const whole = run.status === 'done' ? 1 : run.left == null || run.elapsed + run.left === 0 ? 0 : run.elapsed / (run.elapsed + run.left);
  const shareOf = (/** @type {number} */ idx) => (run.status === 'idle' ? 0 : run.status === 'done' || idx < now ? 1 : idx === now && run.total > 0 ? run.done / run.total : 0);
  return h(
    'div',
    { class: 'stages', ...progressbar(t('Progress'), whole) },
    order.map((phase, idx) =>
      h(
        'div',
        { key: phase, class: `stage${phase === 'student' || phase === 'retrain' ? ' wide' : ''}${running && idx === now ? ' now' : ''}` },
        h(Bar, { share: shareOf(idx) }), h('div', { class: 'name' }, t(PHASES[phase].short)),
      ),
    ),
  );
}

/** A smaller batch, where the run would not fit. */
const Advice = memo(
  /** @param {{value: State['selection']['value'], kind: import('../../types.d.ts').DeviceKind, actions: Actions}} props */
  ({ value, kind, actions }) => {
    const advice = adviceOf(value?.memory, kind);
    if (!advice) return null;
    return h('div', { class: 'offer', role: 'status' }, h('p', null, advice.text), advice.batch > 0 && h(Button, { label: t('Use a batch of {batch}', { batch: advice.batch }), kind: 'slim', onClick: () => actions.batch(advice.batch) }));
  },
);

/** A run that ended in the middle. */
const Interrupted = memo(
  /** @param {{found: NonNullable<State['interrupted']>, loaded: NonNullable<State['loaded']>, why: string, actions: Actions}} props */
  ({ found, loaded, why, actions }) => {
    const method = loaded.methods.find((entry) => entry.id === found.request.method)?.label ?? found.request.method;
    const reached = t('step {step}{more}', { step: count(found.step), more: found.total > 0 ? t(' of {total}', { total: count(found.total) }) : '' });
    return h(
      'div',
      { class: 'offer', role: 'status' },
      h('p', null, t('A run was ended in the middle: forgetting {forget} with {method}, at {reached}, {when}.', { forget: nameOf(found.request.forget, wordsFor(loaded).items, loaded), method, reached, when: moment(found.at, 'both') })),
      h('div', { class: 'buttons' }, h(Button, { label: t('Continue'), kind: 'slim primary', why, reason: 'why-start', onClick: () => void actions.continueRun() }), h(Button, { label: t('Discard'), kind: 'slim', onClick: () => void actions.discardRun() })),
    );
  },
);

/** @param {{state: State, dock: HTMLElement, actions: Actions}} props */
function Run({ state, dock, actions }) {
  const { run, boot, loaded, interrupted } = state;
  const running = run.status === 'running';
  const plan = planOf(state);
  const why = whyNot(state, 'start');
  return [
    h('div', { key: 'order', class: 'order' }, h('div', { class: 'plan' }, h('p', null, plan.title), h('p', null, plan.detail)), h(Buttons, { ...buttonProps(state, actions), dock })),
    // The plan says how far loading is, and the stages what a run does.
    h(Reason, { key: 'why', id: 'why-start', text: why, said: running || boot.status !== 'ready' }),
    h(Stages, { key: 'stages', run }),
    h('div', { key: 'clock', class: 'clock' }, h('span', null, running ? t('{elapsed} so far{more}', { elapsed: duration(run.elapsed), more: run.step > 0 && run.phase === 'student' ? t(', step {step} of {total}', { step: count(run.step), total: count(run.total) }) : '' }) : h(Term, { id: 'stages' }, t('What happens in a run'))), h('span', null, leftText(run))),
    run.notice !== '' && h('p', { key: 'notice', class: 'notice small', role: 'status' }, run.notice),
    state.dropped && h('div', { key: 'dropped', class: 'offer', role: 'status' }, h('p', null, t('Everything was reset. The figures can be brought back, the adapter is gone.')), h(Button, { label: t('Undo'), kind: 'slim', glyph: 'reset', why: whyNot(state, 'choose'), reason: 'why-start', onClick: actions.undoReset })),
    !running && h(Advice, { key: 'advice', value: state.selection.value, kind: choose(state.device, state.setup.device).kind, actions }),
    !running && boot.status === 'ready' && state.data.status !== 'busy' && interrupted && loaded && h(Interrupted, { key: 'interrupted', found: interrupted, loaded, why: whyNot(state, 'continue'), actions }),
    h(ErrorBox, { key: 'error', error: run.error }),
  ];
}

/** Whether the last run ended well and nothing else was chosen since: its result is what comes next. @param {State} state */
const hasResult = (state) => state.run.status === 'done' && state.run.kind === 'run' && isShown(state);

const toResult = () => bringUp('result-title');

/** The bar at the lower edge. @param {{state: State, actions: Actions}} props */
function Dock({ state, actions }) {
  const plan = planOf(state);
  const running = state.run.status === 'running';
  const props = buttonProps(state, actions);
  return [
    h('div', { key: 'text', class: 'dock-text' }, h('b', null, plan.title), h('span', null, running ? leftText(state.run) : plan.detail)),
    running
      ? [h(PauseButton, { key: 'pause', ...props }), h(CancelButton, { key: 'cancel', ...props })]
      : hasResult(state)
        ? h(Button, { key: 'result', label: t('Done · See result'), kind: 'primary', onClick: toResult })
        : h(StartButton, { key: 'start', ...props }),
  ];
}

/** @param {HTMLElement} host @param {HTMLElement} dock @param {HTMLElement} say @param {Actions} actions @returns {(state: State) => void} */
export function mountRun(host, dock, say, actions) {
  const result = document.getElementById('result');
  if (result) new IntersectionObserver(([entry]) => dock.classList.toggle('at-result', Boolean(entry?.isIntersecting))).observe(result);
  return (state) => {
    render(h(Run, { state, dock, actions }), host);
    render(h(Dock, { state, actions }), dock);
    dock.hidden = state.boot.status === 'error' || state.tab !== 'forget';
    // What it leads to is in sight: then it steps aside too.
    dock.classList.toggle('done', hasResult(state));
    if (state.compare.status !== 'running' && say.textContent !== spoken(state.run)) say.textContent = spoken(state.run);
  };
}
