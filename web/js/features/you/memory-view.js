// @ts-check
// What the model knows of the person it was taught: beside a stranger, and after it has forgotten them.

import { useEffect } from 'preact/hooks';
import { whyNot } from '../../app/selectors.js';
import { duration, fixed, percent, plural } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Bar, Button, ErrorBox, progressbar, Reason, Stars } from '../../ui/widgets.js';
import { msg, t } from '../../ui/words.js';
import { tellingRows } from './choices.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('../../types.d.ts').TeachReport} TeachReport */
/** A model and what it makes of the person: its colour is the one that the whole page has for it. @typedef {{kind: 'original' | 'unlearned' | 'retrain', label: string}} Who */

/** Rows shown. */
const SHOWN = 8;

/** @type {Record<'stranger' | 'taught' | 'after', Who>} */
const WHO = {
  stranger: { kind: 'retrain', label: msg('Never saw you') },
  taught: { kind: 'original', label: msg('Was taught you') },
  after: { kind: 'unlearned', label: msg('Has forgotten you') },
};

/** How wrong each model is about the person, as bars. @param {{losses: [who: Who, loss: number][]}} props */
function Losses({ losses }) {
  const most = Math.max(...losses.map(([, loss]) => loss), 0.1);
  return h('ul', { class: 'you-losses' }, losses.map(([{ kind, label }, loss]) =>
    h('li', { key: kind, class: kind }, h('span', null, t(label)), h('b', null, fixed(loss, 2)), h('span', { class: 'loss', 'aria-hidden': 'true' }, h('i', { style: { width: `${(loss / most) * 100}%` } })))));
}

/** How well it knows the person, in words. @param {TeachReport} taught */
function knowledge({ known, known_of_others: others }) {
  if (known < 0.02) return t('It has hardly learned you: your ratings are much as a stranger would guess.');
  if (others == null || others <= 0) return t('The model knows you now.');
  const times = known / others;
  if (times >= 1.5) return t('The model knows you now, {times} times as well as it knows the people it was made with.', { times: fixed(times, 1) });
  return times > 0.75 ? t('The model knows you now, about as well as it knows the people it was made with.') : t('The model knows you now, less well than it knows the people it was made with.');
}

/** @param {{state: State, actions: Actions}} props */
export function Memory({ state, actions }) {
  const taught = /** @type {TeachReport} */ (state.loaded?.taught);
  const { run, result, users } = state;
  const asked = users[taught.user];
  useEffect(() => void actions.loadUser(taught.user), [taught.user, asked === undefined]);
  const report = result.report?.request?.forget?.users?.includes(taught.user) ? result.report : null;
  const figures = report?.methods.at(-1) ?? null;
  const rows = tellingRows(asked?.rows ?? [], SHOWN);
  const why = whyNot(state, 'choose');
  const running = run.status === 'running';
  const models = [WHO.stranger, WHO.taught, ...(figures ? [WHO.after] : [])];
  const stays = figures?.test.auc ?? taught.others_after.auc;
  return [
    h('section', { key: 'known', class: 'card', 'aria-labelledby': 'you-known' },
      h('h2', { id: 'you-known', tabIndex: -1 }, figures ? t('The model has forgotten you') : t('The model knows you')),
      h('p', null, figures ? forgotten(taught, figures.forget.logloss) : knowledge(taught)),
      h('p', { class: 'small muted' }, t('{ratings} of {all} were learned in {seconds}, the others only come before them. How surprised each model is by what you liked (log loss, lower is better informed):', { ratings: plural(taught.n_rows, 'rating'), all: taught.n_ratings, seconds: duration(taught.seconds) })),
      h(Losses, { losses: [[WHO.stranger, taught.before.logloss], [WHO.taught, taught.after.logloss], ...(figures ? [/** @type {[Who, number]} */ ([WHO.after, figures.forget.logloss])] : [])] }),
      h('p', { class: 'small muted' }, t('Everybody else is answered as before: AUC on held-out ratings {before} before it was taught, {after} after{more}.', { before: fixed(taught.others_before.auc), after: fixed(taught.others_after.auc), more: figures ? t(', {now} now', { now: fixed(stays) }) : '' })),
      running ? h(Progress, { state, actions }) : h('div', { class: 'buttons' },
        h(Button, { label: figures ? t('Forget me again') : t('Forget me'), kind: figures ? 'slim' : 'primary', glyph: 'play', why, reason: 'why-you', onClick: () => void actions.forgetMe() }),
        report && h(Button, { label: t('Attack it: am I really gone?'), kind: 'slim primary', onClick: () => actions.tab('attacks') }),
        h(Button, { label: t('Go back to the model that never saw you'), kind: 'slim', why, reason: 'why-you', onClick: () => void actions.unteach() })),
      h(Reason, { id: 'why-you', text: running ? '' : why }),
      h(ErrorBox, { error: run.error }),
      report && h('p', { class: 'small muted' }, t('In “Forget one”, under Result, a Retrain without you can be trained, your recommendations before and after stand side by side, and the record can be saved.')),
    ),
    rows.length > 0 && h('section', { key: 'rows', class: 'card', 'aria-labelledby': 'you-rows' },
      h('h2', { id: 'you-rows' }, t('What it says you like')),
      h('p', { class: 'small muted' }, t('Where being taught told it most: how likely each model finds it that you liked what you rated.')),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('What each model says of your ratings') },
        h('table', { class: 'you-table' },
          h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('You rated')), models.map(({ kind, label }) => h('th', { key: kind, scope: 'col', class: kind }, t(label))))),
          h('tbody', null, rows.map((row) => h('tr', { key: row.item },
            h('th', { scope: 'row' }, h('span', null, row.title), ' ', h(Stars, { rating: row.rating })),
            [row.expected, row.before, ...(figures ? [row.after] : [])].map((p, at) => h('td', { key: at }, h('span', { class: `chance ${models[at]?.kind}` }, h('i', { 'aria-hidden': 'true', style: { width: `${(p ?? 0) * 100}%` } }), h('b', null, percent(p)))))))),
        )),
    ),
  ];
}

/** @param {TeachReport} taught @param {number} loss */
function forgotten(taught, loss) {
  const share = (loss - taught.after.logloss) / (taught.before.logloss - taught.after.logloss);
  if (!Number.isFinite(share) || taught.known < 0.02) return t('There was little to forget.');
  if (share > 1.15) return t('It now knows less of you than a stranger would: {share} of the way back. That, too, would give you away.', { share: percent(share) });
  if (share < 0.85) return t('{share} of what it had learned of you is gone.', { share: percent(share) });
  return t('It answers about you like a model that never saw you: {share} of what it had learned is gone.', { share: percent(share) });
}

/** How far the run is. @param {{state: State, actions: Actions}} props */
function Progress({ state: { run }, actions }) {
  const share = run.total > 0 ? run.done / run.total : 0;
  return h('div', { class: 'data-load' },
    h('div', { class: 'line' }, h('span', null, `${run.kind === 'retrain' ? t('Retrain is being trained') : t('Forgetting')}${run.left == null ? '…' : t(', about {left} left', { left: duration(Math.max(run.left, 0.1)) })}`), h(Button, { label: t('Cancel'), kind: 'slim', glyph: 'stop', disabled: run.cancelling, onClick: actions.cancel })),
    h(Bar, { share, about: progressbar(t('Forgetting'), share) }));
}
