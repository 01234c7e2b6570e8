// @ts-check
// The dialog “What the model reads”: a question as the model's tokens, each shaded by how much the answer looks at it. Loaded when first asked for.

import { useState } from 'preact/hooks';
import { whyNot } from '../../app/selectors.js';
import { personName } from '../../engine/person-name.js';
import { Dialog } from '../../ui/dialog.js';
import { percent } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { marker } from '../../ui/term.js';
import { Busy, DataTable, ErrorBox, Segmented } from '../../ui/widgets.js';
import { msg, t } from '../../ui/words.js';
import { shadeOf, visible, weightsOf } from './token-shading.js';

/** @typedef {import('../../types.d.ts').Explanation} Explanation */
/** @typedef {import('../../types.d.ts').PromptState} PromptState */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {'before' | 'after'} Side */

/** @type {{value: Side, label: string}[]} */
const SIDES = [{ value: 'before', label: msg('Before the run') }, { value: 'after', label: msg('After') }];

/** A model's answer as a bar. @param {{label: string, side: Side, explanation: Explanation}} props */
const Answer = ({ label, side, explanation: { p_yes: yes } }) =>
  h(
    'div',
    { class: `answer ${side}` },
    h('span', { class: 'label' }, label),
    h('span', { class: 'yes-no', role: 'img', 'aria-label': t('{label}: Yes {yes}, No {no}', { label, yes: percent(yes, 1), no: percent(1 - yes, 1) }) }, h('i', { style: { width: `${yes * 100}%` } })),
    h('span', { class: 'value' }, h('b', null, t('Yes {yes}', { yes: percent(yes) })), h('span', null, t('No {no}', { no: percent(1 - yes) }))),
  );

/** @param {{explanation: Explanation, side: Side, head: number, words: boolean}} props */
function Tokens({ explanation, side, head, words }) {
  const weights = weightsOf(explanation, head);
  const most = Math.max(...weights);
  const read = () => ({
    head: ['', t('token'), 'id', t('attention')],
    rows: explanation.tokens.map((token, idx) => [String(idx + 1), visible(token.text).replace(/^ +/, (start) => '␣'.repeat(start.length)), String(token.id), percent(weights[idx], 2)]),
  });
  return [
    h(
      'div',
      { class: words ? 'tokens words' : 'tokens', tabindex: '0', role: 'list', lang: 'en', 'aria-label': t('The prompt’s tokens with their share of attention') },
      explanation.tokens.map((token, idx) => {
        const [share, text] = [weights[idx] ?? 0, visible(token.text)];
        return [
          h('span', { class: `token ${side}`, role: 'listitem', title: `${text}: ${percent(share, 1)}`, 'aria-label': `${text}, ${percent(share, 1)}`, style: { '--w': `${shadeOf(share, most)}%` } }, text),
          token.text.endsWith('\n') && h('br'),
        ];
      }),
    ),
    h('p', { class: 'small muted scale', 'aria-hidden': 'true' }, t('The darkest has {most} of the attention.', { most: percent(most, 1) })),
    h(DataTable, { what: t('Tokens of the prompt and their share of attention'), read }),
  ];
}

/** @param {{prompt: PromptState, words: boolean}} props */
function Body({ prompt: { before, after }, words }) {
  const [chosen, setSide] = useState(/** @type {Side} */ (after ? 'after' : 'before'));
  const [wanted, setHead] = useState(-1);
  const side = after ? chosen : 'before';
  const explanation = side === 'after' ? after : before;
  const n = before?.tokens[0]?.heads.length ?? 0;
  const head = Math.min(wanted, n - 1);
  return h(
    'div',
    { class: 'prompt-body' },
    h('div', { class: 'answers' }, before && h(Answer, { label: after ? t('Before') : t('Now'), side: 'before', explanation: before }), after && h(Answer, { label: t('After'), side: 'after', explanation: after })),
    h(
      'div',
      { class: 'controls' },
      after && h(Segmented, { label: t('Whose reading'), slim: true, options: SIDES, value: side, onChange: setSide }),
      h(
        'select',
        { class: 'select', 'aria-label': t('Attention of'), value: String(head), onChange: (/** @type {Event} */ event) => setHead(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value)) },
        h('option', { value: -1 }, t('All heads, mean')), Array.from({ length: n }, (_, idx) => h('option', { value: idx }, t('Head {idx}', { idx: idx + 1 }))),
      ),
    ),
    explanation && h(Tokens, { explanation, side, head, words }),
    h('p', { class: 'small muted' }, marker()(t('The prompt’s tokens, shaded by the attention of the last layer, from the place where the answer stands. It shows where the model reads, not why it answers so.'))),
  );
}

const Prompt = memo(
  /** @param {{prompt: PromptState | null, called: string, words: boolean, why: string, onClose: () => void}} props `called`: what the person is called; `why`: why the engine cannot answer at once */
  ({ prompt, called, words, why, onClose }) => {
    const asked = prompt ? (prompt.title ? t('{title}, asked of {called}', { title: prompt.title, called }) : called.replace(/^user /, 'User ')) : '';
    const header = h('div', null, h('h2', { id: 'prompt-title' }, t('What the model reads')), h('p', { class: 'asked' }, asked));
    const content = () => {
      if (!prompt) return null;
      if (prompt.status === 'ready') return h(Body, { key: `${prompt.user} ${prompt.item} ${prompt.after ? 'after' : 'before'}`, prompt, words });
      return h('div', null, prompt.error ? h(ErrorBox, { error: prompt.error }) : h(Busy, { text: why === '' ? t('Asking the model') : t('{why} The model answers when it can.', { why }) }));
    };
    return h(Dialog, { open: prompt !== null, onClose, class: 'prompt', titleId: 'prompt-title', header }, content());
  },
);

/** @param {HTMLElement} host @param {import('../../app/actions.js').Actions} actions @returns {(state: State) => void} */
export const mountPrompt = (host, actions) => (state) => render(h(Prompt, { prompt: state.prompt, called: state.prompt ? personName(state.loaded, state.prompt.user) : '', words: state.loaded?.about.kind === 'text', why: whyNot(state, 'ask'), onClose: actions.closePrompt }), host);
