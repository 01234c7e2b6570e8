// @ts-check
// Step 2: method, preset, parameters. Everything about a method comes from the engine's table.

import { whyNot } from '../../app/selectors.js';
import { familiesOf } from '../../engine/method-families.js';
import { autoEvalEvery, clampParam, sliderOf } from '../../engine/method-params.js';
import { figure } from '../../ui/format.js';
import { useFreshId } from '../../ui/fresh-id.js';
import { termOfParam } from '../../ui/glossary.js';
import { h, memo, render } from '../../ui/h.js';
import { Citation, entryOf, marker, Term, termsIn } from '../../ui/term.js';
import { Busy, Reason, Segmented, TextField, wholeOf } from '../../ui/widgets.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').DeviceWish} DeviceWish */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../../types.d.ts').ParamEntry} ParamEntry */
/** @typedef {import('../../types.d.ts').State} State */

/** @type {{value: DeviceWish, label: string, note: string}[]} */
const DEVICES = [
  { value: 'auto', label: msg('Auto'), note: msg('The GPU where there is one that passed its self-test, else the CPU.') },
  { value: 'cpu', label: 'CPU', note: msg('The processor, in WebAssembly.') },
  { value: 'webgpu', label: 'GPU', note: msg('WebGPU, also where it is only computed in software.') },
];

/** One parameter's control. @param {{param: ParamEntry, value: number, disabled: boolean, onChange: (value: number) => void}} props */
function Param({ param, value, disabled, onChange }) {
  const term = termOfParam(param.id);
  const id = useFreshId('param');
  const scale = sliderOf(param);
  const send = (/** @type {number} */ next) => onChange(clampParam(param, next));
  const control = param.choices.length > 0
    ? h('select', { class: 'select', id, value: String(value), disabled, onChange: (/** @type {Event} */ event) => onChange(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value)) }, param.choices.map((choice) => h('option', { value: choice.value }, said(choice.label))))
    : [
        h(TextField, { value: String(Number(value.toPrecision(6))), onCommit: (text) => send(Number.parseFloat(text)), attributes: { type: 'number', id, min: param.min, max: param.max, step: 'any', inputmode: 'decimal', disabled } }),
        h('input', { type: 'range', min: 0, max: 1, step: 'any', 'aria-hidden': 'true', tabindex: '-1', disabled, value: String(scale.to(value)), onInput: (/** @type {Event} */ event) => send(scale.from(/** @type {HTMLInputElement} */ (event.currentTarget).valueAsNumber)) }),
      ];
  return h('div', { class: value === param.default ? 'param' : 'param changed' }, h('label', { class: 'label', for: id }, said(param.label)), control, h('p', { class: 'help' }, marker()(param.help), term && !termsIn(param.help).includes(term) && [' ', h(Term, { id: term }, t('More on {term}', { term: entryOf(term).term.replace(/^[A-Z](?=[a-z]+\b)/, (letter) => letter.toLowerCase()) }))]));
}

/** A whole number that may be left empty; its label says what it means. @param {{label: string, term: import('../../ui/glossary.js').TermId, value: number | null, placeholder: string, disabled: boolean, onChange: (value: number | null) => void}} props */
const WholeField = ({ label, term, value, placeholder, disabled, onChange }) =>
  h(
    'div',
    { class: 'field' },
    h('span', { class: 'label' }, h(Term, { id: term }, label)),
    h(TextField, { value: value == null ? '' : String(value), onCommit: (text) => onChange(wholeOf(text)), attributes: { type: 'number', 'aria-label': label, min: '0', step: '1', inputmode: 'numeric', placeholder, disabled } }),
  );

const MethodOptions = memo(
  /** @param {{methods: MethodEntry[]}} props */
  ({ methods }) => familiesOf(methods).map((family) => h('optgroup', { label: t(family.label) }, family.methods.map((method) => h('option', { value: method.id }, said(method.label))))),
);

/** @param {MethodEntry} method @param {State['setup']['params']} params */
const ownValues = (method, params) =>
  t('Your own values: {values}.', { values: method.params.filter((param) => params[param.id] !== param.default).map((param) => `${said(param.label)} ${figure(params[param.id])}`).join(', ') });

const Method = memo(
  /** @param {{loaded: Loaded, method: MethodEntry, setup: State['setup'], planned: number, why: string, actions: Actions}} props `why`: why nothing can be changed now */
  ({ loaded, method, setup, planned, why, actions }) => {
    const locked = why !== '';
    const preset = method.presets.find((entry) => entry.id === setup.preset);
    const auto = (/** @type {number} */ value) => (value === 0 ? t('auto') : String(value));
    const marked = marker();
    return h(
      'div',
      { class: 'panel' },
      h(Reason, { id: 'why-setup', text: why }),
      h('select', { class: 'select', 'aria-label': t('Method'), 'aria-describedby': locked ? 'why-setup' : undefined, value: method.id, disabled: locked, onChange: (/** @type {Event} */ event) => actions.chooseMethod(/** @type {HTMLSelectElement} */ (event.currentTarget).value) }, h(MethodOptions, { methods: loaded.methods })),
      h('div', null, h('p', { class: 'small' }, marked(method.summary)), h('p', { class: 'cite' }, h(Citation, { text: method.citation }))),
      h(
        'div',
        { class: 'field' },
        method.presets.length > 1 && [
          h('span', { class: 'label' }, h(Term, { id: 'preset' }, t('Setting'))),
          h(Segmented, { key: method.id, label: t('Setting'), options: method.presets.map((one) => ({ value: one.id, label: one.label })), value: setup.preset, disabled: locked, reason: 'why-setup', onChange: actions.preset }),
        ],
      ),
      h('p', { class: 'small muted' }, preset ? marked(preset.note) : ownValues(method, setup.params)),
      h('div', { class: 'field' }, h('span', { class: 'label' }, t('Device')), h(Segmented, { label: t('Device'), slim: true, options: DEVICES, value: setup.device, disabled: locked, reason: 'why-setup', onChange: (/** @type {DeviceWish} */ device) => actions.setup({ device }) })),
      h(
        'details',
        null,
        h('summary', null, t('Parameters')),
        h('div', { class: 'params' }, method.params.map((param) => h(Param, { key: `${method.id} ${param.id}`, param, value: setup.params[param.id] ?? param.default, disabled: locked, onChange: (value) => actions.setup({ params: { ...setup.params, [param.id]: value } }) }))),
        h(
          'div',
          { class: 'row2' },
          h(WholeField, { label: t('Steps'), term: 'steps', value: setup.steps, placeholder: auto(planned), disabled: locked, onChange: (value) => actions.setup({ steps: value === 0 ? null : value }) }),
          h(WholeField, { label: t('Seed'), term: 'seed', value: setup.seed, placeholder: '1', disabled: locked, onChange: (value) => actions.setup({ seed: value ?? 1 }) }),
          h(WholeField, { label: t('Evaluate every'), term: 'evaluate_every', value: setup.evalEvery, placeholder: auto(autoEvalEvery(planned)), disabled: locked, onChange: (value) => actions.setup({ evalEvery: value }) }),
        ),
      ),
    );
  },
);

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export const mountMethod = (host, actions) => (state) => {
  const { loaded, setup, boot } = state;
  const method = loaded?.methods.find((entry) => entry.id === setup.method);
  const planned = setup.steps ?? state.selection.value?.steps ?? 0;
  const view = loaded && method ? h(Method, { loaded, method, setup, planned, why: whyNot(state, 'setup'), actions }) : boot.status === 'loading' ? h(Busy, { text: t('Waiting for the model') }) : null;
  render(view, host);
};
