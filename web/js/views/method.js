// @ts-check
// Step 2: method, preset, parameters. Everything about a method comes from the engine's table.

import { fill, freshId, h, memo, show } from '../dom.js';
import { familiesOf } from '../families.js';
import { figure } from '../format.js';
import { autoEvalEvery, clampParam, sliderOf } from '../request.js';
import { busy, segmented } from '../ui.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').DeviceWish} DeviceWish */
/** @typedef {import('../types.d.ts').Loaded} Loaded */
/** @typedef {import('../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../types.d.ts').ParamEntry} ParamEntry */
/** @typedef {import('../types.d.ts').State} State */

/** One parameter's control. @param {ParamEntry} param @param {(value: number) => void} onChange */
function control(param, onChange) {
  const id = freshId('param');
  const label = h('label', { class: 'label', for: id }, param.label);
  const help = h('p', { class: 'help' }, param.help);
  if (param.choices.length > 0) {
    const select = h('select', { class: 'select', id, on: { change: () => onChange(Number(select.value)) } }, param.choices.map((choice) => h('option', { value: choice.value }, choice.label)));
    const el = h('div', { class: 'param' }, label, select, help);
    return { el, set: (/** @type {number} */ value, /** @type {boolean} */ disabled) => ((select.value = String(value)), (select.disabled = disabled)) };
  }
  const send = (/** @type {string} */ text) => onChange(clampParam(param, Number.parseFloat(text)));
  const scale = sliderOf(param);
  const number = h('input', { class: 'input', type: 'number', id, min: param.min, max: param.max, step: 'any', inputmode: 'decimal', on: { change: () => send(number.value) } });
  const slider = h('input', { type: 'range', min: 0, max: 1, step: 'any', 'aria-hidden': 'true', tabindex: '-1', on: { input: () => send(String(scale.from(slider.valueAsNumber))) } });
  const el = h('div', { class: 'param' }, label, number, slider, help);
  return {
    el,
    set(/** @type {number} */ value, /** @type {boolean} */ disabled) {
      if (document.activeElement !== number || disabled || Number(number.value) !== value) number.value = String(Number(value.toPrecision(6)));
      if (document.activeElement !== slider) slider.value = String(scale.to(value));
      number.disabled = slider.disabled = disabled;
    },
  };
}

/** A whole-number field that may be left empty. @param {string} label @param {string} title @param {(value: number | null) => void} onChange */
function wholeField(label, title, onChange) {
  const input = h('input', {
    class: 'input', type: 'number', min: '0', step: '1', inputmode: 'numeric',
    on: { change: () => onChange(input.value === '' ? null : Math.max(0, Math.round(Number(input.value) || 0))) },
  });
  return { input, el: h('label', { class: 'field', title }, h('span', { class: 'label' }, label), input) };
}

/** @param {HTMLElement} host @param {Actions} actions */
export function mountMethod(host, actions) {
  const wait = busy('Waiting for the model');
  const select = h('select', { class: 'select', 'aria-label': 'Method', on: { change: () => actions.method(select.value) } });
  const summary = h('p', { class: 'small' });
  const cite = h('p', { class: 'cite' });
  const presetHost = h('div', { class: 'field' });
  const note = h('p', { class: 'small muted' });
  const params = h('div', { class: 'params' });
  const device = segmented({
    label: 'Device', slim: true,
    options: /** @type {{value: DeviceWish, label: string, title: string}[]} */ ([
      { value: 'auto', label: 'Auto', title: 'The GPU where it is one and passed its self-test, else the CPU' },
      { value: 'cpu', label: 'CPU', title: 'The processor, in WebAssembly' },
      { value: 'webgpu', label: 'GPU', title: 'WebGPU, also where it is only computed in software' },
    ]),
    onChange: (wish) => actions.setup({ device: wish }),
  });
  const steps = wholeField('Steps', 'How long the student learns; empty: the method’s own choice', (value) => actions.setup({ steps: value === 0 ? null : value }));
  const seed = wholeField('Seed', 'Of everything random in the run', (value) => actions.setup({ seed: value ?? 1 }));
  const every = wholeField('Figures every', 'Steps between two live evaluations; 0: only at the end', (value) => actions.setup({ evalEvery: value }));
  const more = h('details', {}, h('summary', {}, 'Parameters'), params, h('div', { class: 'row2' }, steps.el, seed.el, every.el));
  const body = h(
    'div',
    { class: 'panel' },
    select, h('div', {}, summary, cite), presetHost, note, h('div', { class: 'field' }, h('span', { class: 'label' }, 'Device'), device.el), more,
  );
  host.append(wait, body);

  /** @type {Map<string, ReturnType<typeof control>>} */
  let controls = new Map();
  /** @type {ReturnType<typeof segmented<string>> | null} */
  let presets = null;

  const drawTable = memo((/** @type {Loaded} */ loaded) => fill(select, familiesOf(loaded.methods).map((family) => h('optgroup', { label: family.label }, family.methods.map((method) => h('option', { value: method.id }, method.label))))));
  const drawMethod = memo((/** @type {MethodEntry} */ method, /** @type {State} */ state) => {
    summary.textContent = method.summary;
    cite.textContent = method.citation;
    controls = new Map(method.params.map((param) => [param.id, control(param, (value) => actions.setup({ params: { ...state.setup.params, [param.id]: value } }))]));
    fill(params, [...controls.values()].map(({ el }) => el));
    presets = method.presets.length > 1 ? segmented({ label: 'Setting', options: method.presets.map((preset) => ({ value: preset.id, label: preset.label, title: preset.note })), onChange: (id) => actions.preset(id) }) : null;
    fill(presetHost, presets && h('span', { class: 'label' }, 'Setting'), presets?.el);
  });

  return (/** @type {State} */ state) => {
    const { loaded, setup } = state;
    const locked = state.run.status === 'running';
    const method = loaded?.methods.find((entry) => entry.id === setup.method);
    show(wait, state.boot.status === 'loading');
    show(body, Boolean(method));
    if (!loaded || !method) return;
    drawTable(loaded);
    drawMethod(method, state);
    select.value = method.id;
    select.disabled = locked;
    presets?.set(setup.preset, locked);
    const preset = method.presets.find((entry) => entry.id === setup.preset);
    const hint = (/** @type {number} */ value) => (value === 0 ? 'auto' : String(value));
    note.textContent = preset ? preset.note : `Your own values: ${method.params.filter((param) => setup.params[param.id] !== param.default).map((param) => `${param.label} ${figure(setup.params[param.id])}`).join(', ')}.`;
    for (const param of method.params) {
      const entry = controls.get(param.id);
      entry?.set(setup.params[param.id], locked);
      entry?.el.classList.toggle('changed', setup.params[param.id] !== param.default);
    }
    device.set(setup.device, locked);
    const planned = setup.steps ?? state.selection.value?.steps ?? 0;
    for (const [field, value, empty] of /** @type {const} */ ([[steps, setup.steps, hint(planned)], [seed, setup.seed, '1'], [every, setup.evalEvery, hint(autoEvalEvery(planned))]])) {
      if (document.activeElement !== field.input) field.input.value = value == null ? '' : String(value);
      field.input.placeholder = empty;
      field.input.disabled = locked;
    }
  };
}
