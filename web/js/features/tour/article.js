// @ts-check
// The article below the lab: five short sections, each with figures of the run that was made here, or of the shipped ones. Loaded when it is scrolled to.

import { useEffect } from 'preact/hooks';
import { OWN, wordsFor } from '../../engine/datasets.js';
import { Citation } from '../../ui/cite.js';
import { count, duration, fixed, percent, signed } from '../../ui/format.js';
import { formulaOf } from '../../ui/formula.js';
import { ENTRIES } from '../../ui/glossary.js';
import { h, memo, render } from '../../ui/h.js';
import { marker } from '../../ui/term.js';
import { said, t } from '../../ui/words.js';
import { articleFigures } from './article-figures.js';
import { VERDICTS } from './goals.js';
import { LESSONS } from './lessons.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('./article-figures.js').ArticleFigures} ArticleFigures */
/** @typedef {{kind: string, label: string, value: number | null, text: string, most: number}} BarProps */

/** @param {BarProps} props */
const FigureBar = ({ kind, label, value, text, most }) =>
  h('div', { class: `figure-bar ${kind}` }, h('dt', null, label), h('dd', null, h('span', { class: 'figure-track', 'aria-hidden': 'true' }, h('i', { style: { width: `${Math.min(100, Math.max(0, ((value ?? 0) / (most || 1)) * 100))}%` } })), h('b', null, value === null ? '–' : text)));

/** @param {{caption: string, bars: Omit<BarProps, 'most'>[], most?: number}} props */
function Figure({ caption, bars, most }) {
  const largest = most ?? Math.max(0, ...bars.map(({ value }) => value ?? 0));
  return h('figure', null, h('dl', null, bars.map((bar) => h(FigureBar, { key: bar.label, ...bar, most: largest }))), h('figcaption', { class: 'small muted' }, caption));
}

/** @param {{title: string, children?: import('../../ui/types.d.ts').Child, figure: import('../../ui/types.d.ts').Child, cite: string}} props */
const Section = ({ title, children, figure: drawn, cite }) => h('section', { class: 'article-section' }, h('div', null, h('h3', null, title), children, h('p', { class: 'small muted' }, h(Citation, { text: cite }))), drawn);

/** Whether forgetting came near its goal, in words; empty without figures. @param {ArticleFigures['forget']} forget */
function wayText({ before, now, goal, expected }) {
  if (before === null || now === null || goal === null || before - goal < 0.01) return '';
  const way = (before - now) / (before - goal);
  return t(' By this figure, {n} of the way {expected}.', { n: percent(Math.max(0, way)), expected: expected ? t('to what is expected of a model that never saw them') : t('to Retrain') });
}

const Article = memo(
  /** @param {{state: State, figures: string, actions: Actions}} props `figures`: what the drawing depends on */
  ({ state, figures, actions }) => {
    /** @type {ArticleFigures} */
    const { source, mine, forget, test, seconds, numbers, found, attacks } = JSON.parse(figures);
    const { item, items } = wordsFor(state.loaded);
    const auc = (/** @type {string} */ kind, /** @type {string} */ label, /** @type {number | null} */ value) => ({ kind: `${kind} coin`, label, value, text: fixed(value) });
    const goal = forget.expected ? t('Never saw them (expected)') : t('Retrain');
    const change = test.before === null || test.now === null ? null : test.now - test.before;
    const marked = marker();
    return h(
      'div',
      { class: 'card article-card' },
      h('p', { class: 'small article-source', role: 'status' }, source),
      h(
        Section,
        {
          title: t('A recommender remembers people'),
          cite: t('Language models give away what they were trained on: Carlini et al., USENIX Security, 2021, arXiv 2012.07805. Leaving a model’s data: Cao and Yang, IEEE S&P, 2015.'),
          figure: h(Figure, { caption: t('Share of pairs, a {item} that was liked and one that was not, in the right order (AUC). A coin has 0.5.', { item: t(item) }), most: 1, bars: [auc('original', t('Original'), forget.before), auc('retrain', goal, forget.goal), auc('test', t('Original, on the test set'), test.before)] }),
        },
        h('p', null, marked(t('On ratings that it was trained on, the model is better than a model would be that never saw them. What lies between is not taste for {items}: it is memory of the people who gave them, and it is what unlearning is to take away.', { items: t(items) }))),
      ),
      h(
        Section,
        {
          title: t('Retraining is the yardstick, and it is slow'),
          cite: t('Retraining only a part, in shards: Bourtoule et al., IEEE S&P, 2021, arXiv 1912.03817.'),
          figure: h(Figure, { caption: t('Seconds of training{mine}; measuring is left out.{retrain}', { mine: mine ? t(' on this device') : t(', on the machine on which the package was made'), retrain: seconds.retrain === null ? t(' What a Retrain takes is not known of this choice.') : seconds.estimated ? t(' Retrain’s are an estimate.') : '' }), bars: [{ kind: 'unlearned', label: mine ? t('Your run') : 'E2URec', value: seconds.run, text: duration(seconds.run) }, { kind: 'retrain', label: t('Retrain'), value: seconds.retrain, text: duration(seconds.retrain) }] }),
        },
        h('p', null, marked(t('A model that is trained again without the data has forgotten by definition: Retrain. Its cost does not depend on how little is to go. Unlearning is worth it where the forget set is small; for a fifth of all people it costs as much as a Retrain does.'))),
      ),
      h(
        Section,
        {
          title: t('Two teachers, one student'),
          cite: t('Wang et al., 2024, arXiv 2403.03536. What is expected of a model that never saw the rows is cross-fitted: Chernozhukov et al., 2018, arXiv 1608.00060.'),
          figure: h('figure', null, h('p', { class: 'article-formula' }, formulaOf(ENTRIES.e2urec.formula ?? '')), h('figcaption', { class: 'small muted' }, found.scale == null ? t('The loss: w weighs remembering, the rest is forgetting. v are logits of the original o and of the forgetting teacher f, u those of the student.') : t('The loss. Your run found {more}a strength of {scale} for the adapter.', { more: found.alpha == null ? '' : t('α {alpha} for the forgetting teacher and ', { alpha: fixed(found.alpha, 2) }), scale: fixed(found.scale, 2) }))),
        },
        h('p', null, marked(t('E2URec overfits a copy of the model to the forget set and steps back from what that added: the forgetting teacher. On the retain set the original itself is the remembering teacher. The student follows both; without the one nothing is forgotten on purpose, without the other nothing is kept on purpose.'))),
      ),
      h(
        Section,
        {
          title: t('Only the adapter moves'),
          cite: t('LoRA: Hu et al., ICLR, 2022, arXiv 2106.09685.'),
          figure: h(Figure, { caption: numbers.adapter !== null && numbers.model ? t('The adapter has {adapter} of the model’s numbers.', { adapter: percent(numbers.adapter / numbers.model, 1) }) : t('How many numbers were trained.'), bars: [{ kind: 'unlearned', label: t('Trained'), value: numbers.adapter, text: count(numbers.adapter) }, { kind: 'original', label: t('The whole model'), value: numbers.model, text: count(numbers.model) }] }),
        },
        h('p', null, marked(t('The weights of the model never change. What was learned in unlearning stands in two small matrices beside each of them. That is quick and can be undone, by whoever drops the adapter: a model that is given away has to be merged first.'))),
      ),
      h(
        Section,
        {
          title: t('Did it forget, and can it be undone?'),
          cite: t('Relearning: Tarun et al., 2021, arXiv 2111.08947. Membership inference: Yeom et al., IEEE CSF, 2018, arXiv 1709.01604.'),
          figure: h(Figure, { caption: t('AUC on what was to be forgotten.{forget}{more}', { forget: wayText(forget), more: change === null ? '' : t(' On the test set it changed by {change}.', { change: signed(change, 4) }) }), most: 1, bars: [auc('original', t('Before'), forget.before), auc('unlearned', t('After'), forget.now), auc('retrain', goal, forget.goal)] }),
        },
        h('p', null, marked(t('Two things have to hold at once: what was to go is answered as by a model that never saw it, and everything else as before. Neither is proof. An attack may still find a trace, and its verdict needs the same attack on a Retrain beside it.'))),
        attacks.length > 0 && h('ul', { class: 'article-attacks' }, attacks.map(({ label, verdict }) => h('li', { key: label }, t('{label}: {verdict}.', { label: said(label), verdict: t(VERDICTS[verdict] ?? verdict) })))),
      ),
      h('p', { class: 'article-more' }, t('Try it: '), h('button', { type: 'button', class: 'link', onClick: () => actions.openTour() }, t('the tour in six steps')), t(', or a lesson: '), LESSONS.flatMap(({ id, label }, idx) => [idx > 0 && ', ', h('button', { key: id, type: 'button', class: 'link', onClick: () => actions.openLesson(id) }, t(label).toLowerCase())]), '.'),
    );
  },
);

/** Has the shipped comparison looked for, whose figures stand where no run has been made. @param {{state: State, actions: Actions}} props */
function Live({ state, actions }) {
  const { data, loaded, compare, result } = state;
  useEffect(() => {
    if (!result.report && loaded && data.key && data.key !== OWN && compare.reference.key !== data.key) void actions.fetchReference();
  });
  return h(Article, { state, figures: JSON.stringify(articleFigures(state)), actions });
}

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export const mountArticle = (host, actions) => (state) => {
  if (state.tab === 'forget' && state.loaded) render(h(Live, { state, actions }), host);
};
