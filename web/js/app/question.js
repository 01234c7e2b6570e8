// @ts-check
// A question before something is lost for good: a native dialog, whose first button keeps everything.

import { useEffect, useRef } from 'preact/hooks';
import { h, render } from '../ui/h.js';
import { t } from '../ui/words.js';
import { addStyleSheet } from './style-sheets.js';

/** `yes`: what the button that goes on is called; `no`: the other one, which keeps everything. @typedef {{title: string, text: string, yes: string, no?: string}} Question */

/** @param {{question: Question, onAnswer: (yes: boolean) => void}} props */
function QuestionDialog({ question: { title, text, yes, no = t('Keep it') }, onAnswer }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => ref.current?.showModal(), []);
  const answer = (/** @type {string} */ value) => () => ref.current?.close(value);
  return h(
    'dialog',
    { ref, class: 'prompt question', 'aria-labelledby': 'question-title', 'aria-describedby': 'question-text', onClose: () => onAnswer(ref.current?.returnValue === 'yes') },
    h('header', null, h('h2', { id: 'question-title' }, title)),
    h(
      'div',
      { class: 'prompt-body' },
      h('p', { id: 'question-text' }, text),
      h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'btn', autofocus: true, onClick: answer('') }, no), h('button', { type: 'button', class: 'btn primary', onClick: answer('yes') }, yes)),
    ),
  );
}

/**
 * @param {() => HTMLElement} host
 * @returns {(question: Question) => Promise<boolean>} asks, and resolves to whether to go on
 */
export const createQuestions = (host) => async (question) => {
  await addStyleSheet('./prompt.css');
  return new Promise((resolve) => {
    const onAnswer = (/** @type {boolean} */ yes) => {
      render(null, host());
      resolve(yes);
    };
    render(h(QuestionDialog, { question, onAnswer }), host());
  });
};
