// @ts-check
// The tab that attacks what the last run left: one row an attack, a sentence each, and the figures behind it. Loaded when first looked at.

import { useEffect } from 'preact/hooks';
import { activityOf, whyNot } from '../../app/selectors.js';
import { wordsFor } from '../../engine/datasets.js';
import { forgetOf, keyOf } from '../../engine/forget-spec.js';
import { clampParam } from '../../engine/method-params.js';
import { duration, percent, plural } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { Citation, marker } from '../../ui/term.js';
import { Button, ErrorBox, progressbar, Reason, TextField, useKeptFocus } from '../../ui/widgets.js';
import { langOf, msg, said, t } from '../../ui/words.js';
import { AttackFigures } from './figures.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').AttackOffer} AttackOffer */
/** @typedef {import('../../types.d.ts').AttackState} AttackState */
/** @typedef {import('../../types.d.ts').Finding} Finding */
/** @typedef {import('../../types.d.ts').ParamEntry} ParamEntry */
/** @typedef {import('../../types.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').State} State */

/** What a verdict is called, and how it looks. @type {Record<Finding['verdict'], [string, string]>} */
const VERDICTS = {
  held: [msg('holds'), 'good'],
  partly: [msg('holds in part'), 'warn'],
  broken: [msg('does not hold'), 'bad'],
  overdone: [msg('overdone'), 'warn'],
  unclear: [msg('cannot be said'), ''],
  skipped: [msg('does not apply'), ''],
};

/** One setting of an attack. @param {{param: ParamEntry, value: number | undefined, disabled: boolean, onChange: (value: number) => void}} props */
function Setting({ param, value, disabled, onChange }) {
  const commit = (/** @type {string} */ text) => onChange(clampParam(param, Number.parseFloat(text)));
  const shown = String(value ?? '');
  return h(
    'label',
    { class: 'field' },
    h('span', { class: 'label' }, said(param.label)),
    param.choices.length > 0
      ? h('select', { class: 'select', 'data-param': param.id, value: shown, disabled, onChange: (/** @type {Event} */ event) => commit(/** @type {HTMLSelectElement} */ (event.currentTarget).value) }, param.choices.map((choice) => h('option', { value: choice.value }, said(choice.label))))
      : h(TextField, { value: shown, onCommit: commit, attributes: { type: 'number', min: param.min, max: param.max, step: param.kind === 'int' ? 1 : 'any', inputmode: 'decimal', 'data-param': param.id, disabled } }),
    h('span', { class: 'help' }, said(param.help)),
  );
}

/** One attack: what it is, its button, how far it is, what came of it. */
const Attack = memo(
  /** @param {{offer: AttackOffer, finding: Finding | undefined, progress: 'still' | 'now' | 'waits', share: number, left: number | null, why: string, actions: Actions}} props */
  ({ offer: { entry, params, seconds }, finding, progress, share, left, why, actions }) => {
    const { id } = entry;
    const marked = marker();
    const [word, look] = finding ? VERDICTS[finding.verdict] : ['', ''];
    const cost = progress === 'now' ? (left == null ? t('working') : t('about {left} left', { left: duration(Math.max(left, 0.1)) })) : progress === 'waits' ? t('waiting') : finding ? t('took {seconds}', { seconds: duration(finding.seconds) }) : seconds == null ? '' : t('about {seconds}', { seconds: duration(seconds) });
    return h(
      'section',
      { class: 'card attack', 'data-attack': id, 'aria-labelledby': `attack-${id}` },
      h(
        'div',
        { class: 'head' },
        h('div', null, h('div', { class: 'name' }, h('h3', { id: `attack-${id}` }, said(entry.label)), finding && h('span', { class: `tag ${look}` }, t(word))), h('p', { class: 'small muted' }, marked(entry.summary))),
        h('div', { class: 'attack-run' }, h('span', { class: 'small muted' }, cost), h(Button, { label: t('Run'), kind: 'slim', glyph: 'play', why, reason: 'why-attack', onClick: () => void actions.attack([id]), about: { 'aria-label': t('Run: {label}', { label: said(entry.label) }) } })),
      ),
      progress === 'now' && h('div', { class: 'attack-bar', ...progressbar(said(entry.label), share) }, h('i', { style: { transform: `scaleX(${share})` } })),
      finding && h('p', { class: 'sentence', lang: langOf(finding.sentence) }, marked(finding.sentence)),
      h('div', { class: 'attack-figures' }, finding && finding.chart.type !== 'none' && h(AttackFigures, { finding })),
      entry.params.length > 0 &&
        h('details', { class: 'data' }, h('summary', null, t('Settings')), h('div', { class: 'attack-fields' }, entry.params.map((param) => h(Setting, { key: param.id, param, value: params[param.id], disabled: why !== '', onChange: (value) => actions.attackParam(id, param.id, value) })))),
      h('p', { class: 'small muted' }, h(Citation, { text: t('After: {citation}.', { citation: said(entry.citation) }) })),
    );
  },
);

/** Nothing to attack. @param {{lost: boolean, actions: Actions}} props */
const Empty = ({ lost, actions }) =>
  h(
    'section',
    { class: 'card attack-empty' },
    h('h2', null, lost ? t('What was forgotten is no longer at hand.') : t('Nothing has been forgotten yet.')),
    h('p', null, t('{more}Attacks are made on what a run left. Choose what to forget in “Forget one”, press Start, and come back.', { more: lost ? t('The engine was started again since the last run. ') : '' })),
    h(Button, { label: t('Go to “Forget one”'), kind: 'primary', onClick: () => actions.tab('forget') }),
  );

/** What the attacks' figures are held against. @param {{state: State, report: Report, actions: Actions}} props */
function Control({ state, report, actions }) {
  const { run, retrains, selection } = state;
  const key = keyOf(report.request?.forget);
  if (run.status === 'running' && run.kind === 'retrain') {
    return h('p', { class: 'small muted' }, t('Retrain, a model that never saw the forget set, is being trained{more}.', { more: run.phase === 'retrain' && run.total > 0 ? `: ${percent(run.done / run.total)}` : '' }));
  }
  if (retrains[key]) return h('p', { class: 'small muted' }, marker()(t('The same is done to Retrain, which never saw the forgotten ratings: what works there too is no sign of memory.')));
  const cost = keyOf(forgetOf(state.choice)) === key ? selection.value?.retrain_seconds : null;
  return h(
    'p',
    { class: 'small muted' },
    marker()(t('There is no Retrain for this forget set, a model that never saw it, so that nobody can say what would be right. ')),
    h('button', { type: 'button', class: 'link', disabled: whyNot(state, 'retrain') !== '', 'aria-describedby': 'why-attack', onClick: () => void actions.trainRetrain() }, t('Train one first{more}', { more: cost == null ? '' : t(', about {cost}', { cost: duration(cost) }) })),
  );
}

/** @param {AttackState} attacks */
function clockText(attacks) {
  const at = attacks.queue.indexOf(attacks.now);
  if (attacks.status === 'running') return at < 0 ? t('Starting') : t('Attack {at} of {length}', { at: at + 1, length: attacks.queue.length });
  if (attacks.status === 'cancelled') return t('Cancelled. What was found is kept.');
  const total = attacks.offers.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  return total > 0 ? t('about {total} for all', { total: duration(total) }) : '';
}

/** What is attacked, and the buttons for all attacks. @param {{state: State, report: Report, why: string, actions: Actions}} props */
function Order({ state, report, why, actions }) {
  const { attacks, loaded, run, result } = state;
  const method = loaded?.methods.find((entry) => entry.id === report.request?.method)?.label ?? report.request?.method ?? '';
  const group = useKeptFocus();
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'attack-order' },
    h('h2', { id: 'attack-order' }, t('What is attacked')),
    h('p', { class: 'target' }, h('b', null, said(method)), t(', which forgot '), h('b', null, result.label || t('a part of the data')), t(': {ratings} of {items}.', { ratings: plural(report.sizes.forget, 'rating'), items: t(wordsFor(loaded).items) })),
    h(Control, { state, report, actions }),
    h(
      'div',
      { class: 'attack-buttons', ...group },
      h(Button, { label: t('Run all'), kind: 'primary', glyph: 'play', why, reason: 'why-attack', onClick: () => void actions.attack() }),
      (attacks.status === 'running' || (run.status === 'running' && run.kind === 'retrain')) && h(Button, { label: t('Cancel'), glyph: 'stop', onClick: actions.cancel }),
      h('span', { class: 'small muted' }, clockText(attacks)),
    ),
    // Attacks are told by their clock, a Retrain by the line above.
    h(Reason, { id: 'why-attack', text: why, said: attacks.status === 'running' || activityOf(state) === 'retraining' }),
    h(ErrorBox, { error: attacks.error, calm: false }),
  );
}

/** @param {{state: State, actions: Actions}} props */
function Attacks({ state, actions }) {
  const { attacks, result, run, loaded, boot } = state;
  const { report } = result;
  const target = report?.request && !result.lost ? report : null;
  const busy = attacks.status === 'running';
  const why = whyNot(state, 'attack');
  const retrain = report ? state.retrains[keyOf(report.request?.forget)] : undefined;
  const idle = boot.status === 'ready' && !busy && run.status !== 'running';
  // Another model or another result has other prices.
  useEffect(() => {
    if (idle) void actions.priceAttacks();
  }, [idle, loaded, report, retrain]);
  const now = attacks.queue.indexOf(attacks.now);
  return h(
    'div',
    { class: 'attacks' },
    h(
      'div',
      { class: 'intro' },
      h('h1', null, t('Attack what it forgot.')),
      h('p', null, marker()(t('An attack tries to find traces of what was forgotten, or to bring it back. “Right in 71 of 100 cases” means: of a rating that was liked and one that was not, the model takes the right one for liked 71 times of 100; 50 is guessing.'))),
    ),
    target ? h(Order, { state, report: target, why, actions }) : h(Empty, { lost: result.lost, actions }),
    h(
      'div',
      { class: 'attack-list' },
      attacks.offers.map((offer) => {
        const { id } = offer.entry;
        const progress = attacks.now === id ? 'now' : attacks.queue.indexOf(id) > now ? 'waits' : 'still';
        return h(Attack, { key: id, offer, finding: attacks.findings[id], progress, share: progress === 'now' ? attacks.share : 0, left: progress === 'now' ? attacks.left : null, why, actions });
      }),
    ),
  );
}

/** @param {HTMLElement} host @param {HTMLElement} say @param {Actions} actions @returns {(state: State) => void} */
export const mountAttacks = (host, say, actions) => (state) => {
  if (state.tab !== 'attacks') return;
  render(h(Attacks, { state, actions }), host);
  const { attacks } = state;
  const label = attacks.offers.find(({ entry }) => entry.id === attacks.now)?.entry.label;
  const spoken = `${clockText(attacks)}: ${label ?? ''}`;
  if (attacks.status === 'running' && label && say.textContent !== spoken) say.textContent = spoken;
};
