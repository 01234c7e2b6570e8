// @ts-check
// The dialog “What the model reads”: a question as the model's tokens, each shaded by how much the answer looks at it. Loaded when first asked for.

import { fill, h, memo, setText, show } from '../dom.js';
import { percent } from '../format.js';
import { shadeOf, visible, weightsOf } from '../shading.js';
import { busy, dataTable, segmented, troubleBox } from '../ui.js';

/** @typedef {import('../types.d.ts').Explanation} Explanation */
/** @typedef {import('../types.d.ts').PromptState} PromptState */
/** @typedef {import('../types.d.ts').State} State */

/** @param {import('../actions.js').Actions} actions */
export function mountPrompt(actions) {
  let which = /** @type {'before' | 'after'} */ ('before');
  /** Index of a head; -1: their mean. */
  let head = -1;
  const title = h('p', { class: 'asked' });
  const answers = h('div', { class: 'answers' });
  const sides = segmented({
    label: 'Whose reading', slim: true,
    options: /** @type {{value: 'before' | 'after', label: string}[]} */ ([{ value: 'before', label: 'Before the run' }, { value: 'after', label: 'After' }]),
    onChange: (value) => ((which = value), draw()),
  });
  const heads = h('select', { class: 'select', 'aria-label': 'Attention of', on: { change: () => ((head = Number(heads.value)), draw()) } });
  const tokens = h('div', { class: 'tokens', tabindex: '0', role: 'list', 'aria-label': 'The prompt’s tokens with their share of attention' });
  const scale = h('p', { class: 'small muted scale', 'aria-hidden': 'true' });
  const table = dataTable('Tokens of the prompt and their share of attention', () => {
    const shown = current();
    const weights = shown ? weightsOf(shown, head) : [];
    return { head: ['', 'token', 'id', 'attention'], rows: (shown?.tokens ?? []).map((token, idx) => [String(idx + 1), visible(token.text).replace(/^ +/, (start) => '␣'.repeat(start.length)), String(token.id), percent(weights[idx], 2)]) };
  });
  const body = h(
    'div',
    { class: 'prompt-body' },
    answers,
    h('div', { class: 'controls' }, sides.el, heads),
    tokens,
    scale,
    table.el,
    h('p', { class: 'small muted' }, 'Shaded by the attention of the last layer, from the place where the answer stands. It shows where the model reads, not why it answers so.'),
  );
  const wait = h('div');
  const close = h('button', { type: 'button', class: 'btn slim', on: { click: () => dialog.close() } }, 'Close');
  const dialog = h('dialog', { class: 'prompt', 'aria-labelledby': 'prompt-title' }, h('header', {}, h('div', {}, h('h2', { id: 'prompt-title' }, 'What the model reads'), title), close), wait, body);
  dialog.addEventListener('close', () => actions.closePrompt());
  // A click beside the dialog closes it.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);

  /** @type {PromptState | null} */
  let prompt = null;
  /** @returns {Explanation | null} */
  const current = () => prompt?.[which] ?? null;

  /** @param {string} label @param {string} kind @param {Explanation | null} shown */
  const bar = (label, kind, shown) =>
    shown &&
    h(
      'div',
      { class: `answer ${kind}` },
      h('span', { class: 'label' }, label),
      h('span', { class: 'yes-no', role: 'img', 'aria-label': `${label}: Yes ${percent(shown.p_yes, 1)}, No ${percent(1 - shown.p_yes, 1)}` }, h('i', { style: { width: `${shown.p_yes * 100}%` } })),
      h('span', { class: 'value' }, h('b', {}, `Yes ${percent(shown.p_yes)}`), h('span', {}, `No ${percent(1 - shown.p_yes)}`)),
    );

  function draw() {
    const shown = current();
    sides.set(which);
    if (!shown) return;
    const weights = weightsOf(shown, head);
    const most = Math.max(...weights);
    fill(
      tokens,
      shown.tokens.map((token, idx) => {
        const share = weights[idx];
        const text = visible(token.text);
        const el = h('span', { class: `token ${which}`, role: 'listitem', title: `${text}: ${percent(share, 1)}`, 'aria-label': `${text}, ${percent(share, 1)}`, style: { '--w': `${shadeOf(share, most)}%` } }, text);
        return [el, token.text.endsWith('\n') ? h('br') : null];
      }).flat(),
    );
    setText(scale, `The darkest has ${percent(most, 1)} of the attention.`);
    table.refresh();
  }

  const drawPrompt = memo((/** @type {PromptState | null} */ next, /** @type {'items' | 'text'} */ kind) => {
    prompt = next;
    if (!next) return dialog.open ? dialog.close() : undefined;
    if (!dialog.open) dialog.showModal();
    const ready = next.status === 'ready';
    show(body, ready);
    show(wait, !ready);
    setText(title, `${next.title ? `${next.title}, asked of user ${next.user}` : `User ${next.user}`}`);
    if (!ready) return fill(wait, next.error ? troubleBox(next.error) : busy('Asking the model'));
    which = next.after ? 'after' : 'before';
    tokens.classList.toggle('words', kind === 'text');
    const n = next.before?.tokens[0]?.heads.length ?? 0;
    head = Math.min(head, n - 1);
    fill(heads, h('option', { value: -1 }, 'All heads, mean'), Array.from({ length: n }, (_, idx) => h('option', { value: idx }, `Head ${idx + 1}`)));
    heads.value = String(head);
    show(sides.el, next.after !== null);
    fill(answers, bar(next.after ? 'Before' : 'Now', 'before', next.before), bar('After', 'after', next.after));
    return draw();
  });
  return (/** @type {State} */ state) => drawPrompt(state.prompt, state.loaded?.about.kind ?? 'items');
}
