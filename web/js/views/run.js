// @ts-check
// Step 3: what will be done, the buttons, how far it is. On a phone the same in a bar at the lower edge.

import { wordsFor } from '../datasets.js';
import { fill, h, memo, setText, show } from '../dom.js';
import { bytes, count, duration, plural } from '../format.js';
import { adviceOf } from '../memory.js';
import { choose } from '../device.js';
import { forgetOf, nameOf, strangerOf } from '../request.js';
import { button, troubleBox } from '../ui.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').Phase} Phase */
/** @typedef {import('../types.d.ts').RunState} RunState */
/** @typedef {import('../types.d.ts').State} State */

/** @type {Record<Phase, {short: string, long: string}>} */
export const PHASES = {
  before: { short: 'Before', long: 'Measuring the model before' },
  augment: { short: 'Over-learn', long: 'Over-learning the forget set in a copy' },
  teachers: { short: 'Teachers', long: 'Asking both teachers once' },
  student: { short: 'Unlearn', long: 'Unlearning' },
  calibrate: { short: 'Scale', long: 'Making the adapter as strong as is expected' },
  retrain: { short: 'Retrain', long: 'Training a model that never sees it' },
  after: { short: 'After', long: 'Measuring the result' },
  attack: { short: 'Attack', long: 'Attacking the result' },
};
const STAGES = { run: /** @type {Phase[]} */ (['before', 'augment', 'teachers', 'student', 'calibrate', 'after']), retrain: /** @type {Phase[]} */ (['before', 'retrain', 'after']) };

/** @param {State} state */
function planOf(state) {
  const { run, setup, loaded, selection } = state;
  if (state.boot.status !== 'ready') return { title: 'Getting ready', detail: state.boot.what };
  const method = loaded?.methods.find((entry) => entry.id === setup.method);
  const preset = method?.presets.find((entry) => entry.id === setup.preset);
  if (run.status === 'running') {
    const title = run.kind === 'retrain' ? `Training a model that never sees ${run.label}` : `Forgetting ${run.label}`;
    return { title, detail: run.phase ? PHASES[run.phase].long : 'Starting' };
  }
  const forget = forgetOf(state.choice);
  if (!forget) return { title: 'Choose what to forget', detail: 'Then press Start.' };
  const title = `Forget ${nameOf(forget, wordsFor(loaded).items)} with ${method?.label ?? '…'}${preset ? `, ${preset.label.toLowerCase()}` : ''}`;
  const value = selection.value;
  if (!value) return { title, detail: selection.status === 'error' ? 'This cannot be run as it is.' : 'Counting what that comes to…' };
  const cost = value.seconds == null ? 'the time is known after the first steps' : `about ${duration(value.seconds)} on this device`;
  const memory = loaded?.about.kind === 'text' && value.memory ? `, ${bytes(value.memory.bytes)} of memory` : '';
  return { title, detail: `${plural(value.sizes.forget, 'rating')}, ${plural(value.steps, 'step')}, ${cost}${memory}.` };
}

/** @param {RunState} run */
function leftText(run) {
  if (run.status === 'done') return `Done in ${duration(run.elapsed)}`;
  if (run.status === 'cancelled') return 'Cancelled';
  if (run.status === 'error') return 'Stopped';
  if (run.status !== 'running') return '';
  if (run.cancelling) return 'Cancelling…';
  if (run.paused) return `Paused at step ${count(run.step)}`;
  return run.left == null ? 'Working out the time left…' : `about ${duration(Math.max(run.left, 0.1))} left`;
}

/** @param {HTMLElement} host @param {HTMLElement} dock @param {HTMLElement} say @param {Actions} actions */
export function mountRun(host, dock, say, actions) {
  const title = h('p');
  const detail = h('p');
  const make = () => {
    const start = button('Start', { kind: 'primary', glyph: 'play', onClick: () => void actions.start() });
    const pause = button('Pause', { glyph: 'pause', onClick: () => actions.pause() });
    const resume = button('Resume', { kind: 'primary', glyph: 'play', onClick: () => actions.resume() });
    const step = button('Step', { glyph: 'step', title: 'One step, then stand still', onClick: () => actions.step() });
    const cancel = button('Cancel', { glyph: 'stop', onClick: () => actions.cancel() });
    const reset = button('Reset', { glyph: 'reset', title: 'Drop the adapter and the figures of this session', onClick: () => void actions.reset() });
    return { start, pause, resume, step, cancel, reset };
  };
  const main = make();
  const small = make();
  const stages = h('div', { class: 'stages', role: 'progressbar', 'aria-label': 'Progress', 'aria-valuemin': '0', 'aria-valuemax': '100' });
  const clockLeft = h('span');
  const clockRight = h('span');
  const trouble = h('div');
  const advice = h('div');
  const notice = h('p', { class: 'notice small', role: 'status' });
  const left = h('div');
  const buttons = h('div', { class: 'buttons' }, main.start, main.resume, main.pause, main.step, main.cancel, main.reset);
  // The bar at the lower edge steps aside while the buttons themselves are in sight.
  new IntersectionObserver(([entry]) => dock.classList.toggle('away', entry.isIntersecting)).observe(buttons);
  host.append(
    h('div', { class: 'order' }, h('div', { class: 'plan' }, title, detail), buttons),
    stages,
    h('div', { class: 'clock' }, clockLeft, clockRight),
    notice,
    advice,
    left,
    trouble,
  );
  const dockTitle = h('b');
  const dockDetail = h('span');
  dock.append(h('div', { class: 'dock-text' }, dockTitle, dockDetail), small.pause, small.resume, small.cancel, small.start);

  /** @type {Map<Phase, {el: HTMLElement, bar: HTMLElement}>} */
  let bars = new Map();
  const drawStages = memo((/** @type {'run' | 'retrain'} */ kind) => {
    bars = new Map(
      STAGES[kind].map((phase) => {
        const bar = h('i');
        return [phase, { bar, el: h('div', { class: phase === 'student' || phase === 'retrain' ? 'stage wide' : 'stage' }, h('div', { class: 'track' }, bar), h('div', { class: 'name' }, PHASES[phase].short)) }];
      }),
    );
    fill(stages, [...bars.values()].map(({ el }) => el));
  });
  const drawTrouble = memo((/** @type {State['boot']} */ boot, /** @type {RunState['error']} */ error) => {
    const shown = boot.status === 'error' ? boot.error : error;
    fill(trouble, shown && troubleBox(shown, shown.code === 'cancelled'));
  });

  const drawAdvice = memo((/** @type {State['selection']['value']} */ value, /** @type {import('../types.d.ts').DeviceKind} */ kind, /** @type {boolean} */ running) => {
    const told = running ? null : adviceOf(value?.memory, kind);
    fill(
      advice,
      told && h('div', { class: 'offer', role: 'status' }, h('p', {}, told.text), told.batch > 0 && button(`Use a batch of ${told.batch}`, { kind: 'slim', onClick: () => actions.batch(told.batch) })),
    );
  });

  const drawLeft = memo((/** @type {State['interrupted']} */ found, /** @type {boolean} */ idle, /** @type {State['loaded']} */ loaded) => {
    const shown = idle && found && loaded;
    if (!shown) return fill(left);
    const method = loaded.methods.find((entry) => entry.id === found.request.method)?.label ?? found.request.method;
    const reached = `step ${count(found.step)}${found.total > 0 ? ` of ${count(found.total)}` : ''}`;
    return fill(
      left,
      h(
        'div',
        { class: 'offer', role: 'status' },
        h('p', {}, `A run was ended in the middle: forgetting ${nameOf(found.request.forget, wordsFor(loaded).items)} with ${method}, at ${reached}, ${new Date(found.at).toLocaleString()}.`),
        h('div', { class: 'buttons' }, button('Go on', { kind: 'slim primary', onClick: () => void actions.goOn() }), button('Throw away', { kind: 'slim', onClick: () => void actions.throwAway() })),
      ),
    );
  });

  return (/** @type {State} */ state) => {
    const { run, result } = state;
    drawLeft(state.interrupted, run.status !== 'running' && state.boot.status === 'ready' && state.data.status !== 'busy', state.loaded);
    setText(notice, run.notice);
    show(notice, run.notice !== '');
    drawAdvice(state.selection.value, choose(state.device, state.setup.device).kind, run.status === 'running');
    const running = run.status === 'running';
    const plan = planOf(state);
    setText(title, plan.title);
    setText(detail, plan.detail);
    setText(dockTitle, plan.title);
    setText(dockDetail, running ? leftText(run) : plan.detail);
    const ready = state.boot.status === 'ready' && state.data.status !== 'busy' && state.compare.status !== 'running' && state.selection.status !== 'error' && !strangerOf(state) && forgetOf(state.choice) != null && state.selection.value?.sizes.forget !== 0;
    for (const set of [main, small]) {
      show(set.start, !running);
      set.start.disabled = !ready;
      show(set.resume, running && run.paused);
      show(set.pause, running && !run.paused);
      set.pause.disabled = set.cancel.disabled = run.cancelling;
      set.step.disabled = !running || run.cancelling;
      show(set.cancel, running);
      show(set.reset, !running);
      set.reset.disabled = !result.report && Object.keys(state.retrains).length === 0;
    }
    show(dock, state.boot.status !== 'error' && state.tab === 'forget');
    drawStages(run.kind);
    const order = STAGES[run.kind];
    const at = run.phase ? order.indexOf(run.phase) : -1;
    order.forEach((phase, idx) => {
      const entry = bars.get(phase);
      if (!entry) return;
      const share = run.status === 'done' || idx < at ? 1 : idx === at && run.total > 0 ? run.done / run.total : 0;
      entry.bar.style.transform = `scaleX(${run.status === 'idle' ? 0 : share})`;
      entry.el.classList.toggle('now', running && idx === at);
    });
    const whole = run.left == null || run.elapsed + run.left === 0 ? 0 : (run.elapsed / (run.elapsed + run.left)) * 100;
    stages.setAttribute('aria-valuenow', String(Math.round(run.status === 'done' ? 100 : whole)));
    setText(clockLeft, running ? `${duration(run.elapsed)} so far${run.step > 0 && run.phase === 'student' ? `, step ${count(run.step)} of ${count(run.total)}` : ''}` : '');
    setText(clockRight, leftText(run));
    if (state.compare.status !== 'running') setText(say, running ? (run.paused ? 'Paused' : run.phase ? PHASES[run.phase].long : 'Started') : run.status === 'done' ? 'Done. The result is below.' : run.status === 'cancelled' ? 'Cancelled' : '');
    drawTrouble(state.boot, run.error);
  };
}
