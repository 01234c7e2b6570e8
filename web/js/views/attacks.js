// @ts-check
// The tab that attacks what the last run left: one row an attack, a sentence each, and the figures behind it. Loaded when first looked at.

import { wordsFor } from '../datasets.js';
import { fill, h, memo, setText, show } from '../dom.js';
import { duration, percent, plural } from '../format.js';
import { clampParam, forgetOf, keyOf } from '../request.js';
import { button, troubleBox } from '../ui.js';
import { figuresOf } from './attack-figures.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').AttackOffer} AttackOffer */
/** @typedef {import('../types.d.ts').AttackState} AttackState */
/** @typedef {import('../types.d.ts').Finding} Finding */
/** @typedef {import('../types.d.ts').State} State */

/** What a verdict is called, and how it looks. @type {Record<Finding['verdict'], [string, string]>} */
const VERDICTS = {
  held: ['holds', 'good'],
  partly: ['holds in part', 'warn'],
  broken: ['does not hold', 'bad'],
  overdone: ['overdone', 'warn'],
  unclear: ['cannot be said', ''],
  skipped: ['does not apply', ''],
};

/** @param {HTMLElement} host @param {HTMLElement} say @param {Actions} actions */
export function mountAttacks(host, say, actions) {
  const target = h('p', { class: 'target' });
  const control = h('p', { class: 'small muted' });
  const all = button('Run all', { kind: 'primary', glyph: 'play', onClick: () => void actions.attack() });
  const cancel = button('Cancel', { glyph: 'stop', title: 'What was found is kept', onClick: () => actions.cancel() });
  const clock = h('span', { class: 'small muted' });
  const trouble = h('div');
  const order = h('section', { class: 'card', 'aria-labelledby': 'attack-order' }, h('h2', { id: 'attack-order' }, 'What is attacked'), target, control, h('div', { class: 'attack-buttons' }, all, cancel, clock), trouble);
  const [emptyTitle, emptyText] = [h('h2'), h('p')];
  const empty = h(
    'section',
    { class: 'card attack-empty' },
    emptyTitle,
    emptyText,
    button('Go to “Forget one”', { kind: 'primary', onClick: () => actions.tab('forget') }),
  );
  const list = h('div', { class: 'attack-list' });
  host.append(
    h(
      'div',
      { class: 'attacks' },
      h(
        'div',
        { class: 'intro' },
        h('h1', {}, 'Attack what it forgot.'),
        h('p', {}, 'An attack tries to find traces of what was forgotten, or to bring it back. “Right in 71 of 100 cases” means: of a rating that was liked and one that was not, the model takes the right one for liked 71 times of 100; 50 is guessing.'),
      ),
      empty,
      order,
      list,
    ),
  );

  /** @type {Map<string, ReturnType<typeof mountRow>>} */
  let rows = new Map();
  const drawRows = memo((/** @type {string} */ ids) => {
    rows = new Map(ids.split(' ').filter(Boolean).map((id) => [id, mountRow(id, actions)]));
    fill(list, [...rows.values()].map((row) => row.el));
  });
  const drawTrouble = memo((/** @type {AttackState['error']} */ error) => fill(trouble, error && troubleBox(error)));
  const drawControl = memo((/** @type {boolean} */ known, /** @type {boolean} */ locked, /** @type {string} */ cost, /** @type {string} */ training) => {
    if (training) return fill(control, training);
    if (known) return fill(control, 'The same is done to Retrain, which never saw the forgotten ratings: what works there too is no sign of memory.');
    const train = h('button', { type: 'button', class: 'link', disabled: locked, on: { click: () => void actions.trainRetrain() } }, `Train one first${cost}`);
    return fill(control, 'There is no Retrain for this forget set, a model that never saw it, so that nobody can say what would be right. ', train);
  });
  const askTable = memo((..._on) => void actions.attackTable());

  return (/** @type {State} */ state) => {
    if (state.tab !== 'attacks') return;
    const { attacks, result, run, loaded } = state;
    const { report } = result;
    const there = Boolean(report?.request) && !result.lost;
    const busy = attacks.status === 'running';
    const locked = !there || busy || run.status === 'running' || state.compare.status === 'running' || state.data.status === 'busy';
    const forget = report?.request?.forget;
    const retrain = forget ? state.retrains[keyOf(forget)] : null;
    if (state.boot.status === 'ready' && !busy && run.status !== 'running') askTable(loaded, report, retrain);
    show(empty, !there);
    show(order, there);
    setText(emptyTitle, result.lost ? 'What was forgotten is no longer at hand.' : 'Nothing has been forgotten yet.');
    setText(emptyText, `${result.lost ? 'The engine was started again since the last run. ' : ''}Attacks are made on what a run left. Choose what to forget in “Forget one”, press Start, and come back.`);
    if (report) {
      const method = loaded?.methods.find((entry) => entry.id === report.request?.method)?.label ?? report.request?.method ?? '';
      fill(target, h('b', {}, method), ', which forgot ', h('b', {}, result.label || 'a part of the data'), `: ${plural(report.sizes.forget, 'rating')} of ${wordsFor(loaded).items}.`);
    }
    const chosen = forgetOf(state.choice);
    const cost = forget && chosen && keyOf(chosen) === keyOf(forget) ? state.selection.value?.retrain_seconds : null;
    const training = run.status === 'running' && run.kind === 'retrain';
    const share = training && run.phase === 'retrain' && run.total > 0 ? `: ${percent(run.done / run.total)}` : '';
    drawControl(Boolean(retrain), locked, cost == null ? '' : `, about ${duration(cost)}`, training ? `Retrain, a model that never saw the forget set, is being trained${share}.` : '');
    all.disabled = locked;
    show(cancel, busy || training);
    const total = attacks.offers.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
    const at = attacks.queue.indexOf(attacks.now);
    setText(clock, busy ? (at < 0 ? 'Starting' : `Attack ${at + 1} of ${attacks.queue.length}`) : attacks.status === 'cancelled' ? 'Cancelled. What was found is kept.' : total > 0 ? `about ${duration(total)} for all` : '');
    drawTrouble(attacks.error);
    drawRows(attacks.offers.map(({ entry }) => entry.id).join(' '));
    for (const offer of attacks.offers) rows.get(offer.entry.id)?.render(offer, attacks, locked);
    if (busy && at >= 0) setText(say, `Attack ${at + 1} of ${attacks.queue.length}: ${attacks.offers.find(({ entry }) => entry.id === attacks.now)?.entry.label ?? ''}`);
  };
}

/** One attack: what it is, its button, how far it is, what came of it. @param {string} id @param {Actions} actions */
function mountRow(id, actions) {
  const title = h('h3');
  const verdict = h('span', { class: 'tag' });
  const summary = h('p', { class: 'small muted' });
  const cost = h('span', { class: 'small muted' });
  const start = button('Run', { kind: 'slim', glyph: 'play', onClick: () => void actions.attack([id]) });
  const bar = h('i');
  const track = h('div', { class: 'attack-bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, bar);
  const sentence = h('p', { class: 'sentence' });
  const figures = h('div', { class: 'attack-figures' });
  const fields = h('div', { class: 'attack-fields' });
  const settings = h('details', { class: 'data' }, h('summary', {}, 'Settings'), fields);
  const source = h('p', { class: 'small muted' });
  const el = h(
    'section',
    { class: 'card attack', 'data-attack': id, 'aria-labelledby': `attack-${id}` },
    h('div', { class: 'head' }, h('div', {}, h('div', { class: 'name' }, title, verdict), summary), h('div', { class: 'attack-run' }, cost, start)),
    track,
    sentence,
    figures,
    settings,
    source,
  );
  title.id = `attack-${id}`;

  const drawAbout = memo((/** @type {AttackOffer['entry']} */ entry) => {
    setText(title, entry.label);
    setText(summary, entry.summary);
    setText(source, `After: ${entry.citation}.`);
    start.setAttribute('aria-label', `Run: ${entry.label}`);
    track.setAttribute('aria-label', entry.label);
    show(settings, entry.params.length > 0);
    fill(
      fields,
      entry.params.map((param) => {
        const chosen = () => actions.attackParam(id, param.id, clampParam(param, Number.parseFloat(input.value)));
        const input = param.choices.length > 0
          ? h('select', { class: 'select', 'data-param': param.id, on: { change: () => chosen() } }, param.choices.map((choice) => h('option', { value: choice.value }, choice.label)))
          : h('input', { class: 'input', type: 'number', min: param.min, max: param.max, step: param.kind === 'int' ? 1 : 'any', inputmode: 'decimal', 'data-param': param.id, on: { change: () => chosen() } });
        return h('label', { class: 'field', title: param.help }, h('span', { class: 'label' }, param.label), input);
      }),
    );
  });
  const drawParams = memo((/** @type {string} */ _, /** @type {AttackOffer['params']} */ params, /** @type {boolean} */ locked) => {
    for (const input of /** @type {NodeListOf<HTMLInputElement | HTMLSelectElement>} */ (fields.querySelectorAll('[data-param]'))) {
      input.disabled = locked;
      if (document.activeElement !== input) input.value = String(params[input.dataset.param ?? ''] ?? '');
    }
  });
  const drawFinding = memo((/** @type {Finding | undefined} */ finding) => {
    const [said, look] = finding ? VERDICTS[finding.verdict] : ['', ''];
    setText(verdict, said);
    verdict.className = `tag ${look}`;
    show(verdict, Boolean(finding));
    show(sentence, Boolean(finding));
    setText(sentence, finding?.sentence ?? '');
    fill(figures, finding && finding.chart.type !== 'none' && figuresOf(finding));
  });

  return {
    el,
    /** @param {AttackOffer} offer @param {AttackState} attacks @param {boolean} locked */
    render({ entry, params, seconds }, attacks, locked) {
      drawAbout(entry);
      drawParams(JSON.stringify(params), params, locked);
      const now = attacks.now === id;
      const waiting = !now && attacks.queue.indexOf(id) > attacks.queue.indexOf(attacks.now);
      const finding = attacks.findings[id];
      setText(cost, now ? (attacks.left == null ? 'working' : `about ${duration(Math.max(attacks.left, 0.1))} left`) : waiting ? 'waiting' : finding ? `took ${duration(finding.seconds)}` : seconds == null ? '' : `about ${duration(seconds)}`);
      start.disabled = locked;
      show(track, now);
      bar.style.transform = `scaleX(${now ? attacks.share : 0})`;
      track.setAttribute('aria-valuenow', String(Math.round(now ? attacks.share * 100 : 0)));
      drawFinding(finding);
    },
  };
}
