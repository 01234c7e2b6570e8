// @ts-check
// The tab of the runs: what was run on this device, kept there and nowhere else. Loaded when it is first looked at.

import { useEffect, useRef, useState } from 'preact/hooks';
import { whyNot } from '../../app/selectors.js';
import { OWN } from '../../engine/datasets.js';
import { nameOfKept } from '../../engine/forget-spec.js';
import { bytes, duration, fixed, moment, plural } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { marker, Term } from '../../ui/term.js';
import { Busy, Button, ErrorBox, Reason } from '../../ui/widgets.js';
import { said, t } from '../../ui/words.js';
import { Pair } from './pair-view.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').KeptRun} KeptRun */
/** @typedef {import('../../types.d.ts').State} State */

/** Two figures and an arrow. @param {number | null} before @param {number | null} after */
const change = (before, after) => `${fixed(before)} → ${fixed(after)}`;

/** @param {KeptRun} about */
const sizeOf = (about) => about.files.reduce((sum, file) => sum + file.bytes, 0);

/** A line of the list. */
const Run = memo(
  /** @param {{about: KeptRun, sets: State['data']['sets'], picked: string, held: boolean, open: boolean, why: string, actions: Actions}} props `picked`: A or B, where it is compared */
  ({ about, sets, picked, held, open, why, actions }) => {
    const data = about.own ? t('your own files') : said(sets.find(({ key }) => key === about.dataset)?.label ?? about.dataset);
    const label = nameOfKept(about);
    const [method, when] = [said(about.method), moment(about.at, 'both')];
    const name = { method, label, when };
    return h(
      'tr',
      { 'data-run': about.id, role: 'row' },
      h('td', { class: 'tick', role: 'cell' }, h('label', null, h('input', { type: 'checkbox', checked: picked !== '', 'aria-label': t('Compare: {method} on {label}, {when}', name), onChange: (/** @type {Event} */ event) => void actions.pickRun(about.id, /** @type {HTMLInputElement} */ (event.currentTarget).checked) }), picked !== '' && h('span', { class: `run-key ${picked}` }, picked))),
      h('th', { scope: 'row', role: 'rowheader' }, h('span', { class: 'title' }, label), ' ', held ? h('span', { class: 'tag here' }, t('in the lab')) : open ? h('span', { class: 'tag' }, t('open in the lab')) : null, h('span', { class: 'sub' }, t('{method}, {setting}, seed {seed}, on {data}', { method, setting: said(about.setting), seed: about.request.seed, data }))),
      h('td', { role: 'cell' }, h('time', { datetime: new Date(about.at).toISOString() }, when)),
      h('td', { role: 'cell' }, change(about.before.forget, about.after.forget), h('span', { class: 'sub' }, t('loss {change}', { change: change(about.before.loss, about.after.loss) }))),
      h('td', { role: 'cell' }, change(about.before.test, about.after.test)),
      h('td', { role: 'cell' }, duration(about.seconds), h('span', { class: 'sub' }, t('{device}, {size}', { device: about.device.toUpperCase(), size: bytes(sizeOf(about)) }))),
      h('td', { class: 'act', role: 'cell' }, h(Button, { label: t('Open'), kind: 'slim', why, reason: 'why-open', onClick: () => void actions.openRun(about), about: { 'aria-label': t('Open: {method} on {label}, {when}', name) } }), h(Button, { label: t('Delete'), kind: 'slim', onClick: () => void actions.deleteRun(about), about: { 'aria-label': t('Delete: {method} on {label}, {when}', name) } })),
    );
  },
);

/** @param {{state: State, actions: Actions}} props */
function List({ state, actions }) {
  const { history, result, data } = state;
  if (history.list.length === 0) return history.status === 'ready' ? h('p', { class: 'none' }, t('No run is kept yet. Each that ends in the lab is listed here.')) : history.status === 'error' ? null : h(Busy, { text: t('Looking for kept runs') });
  const head = [[t('Compare'), ''], [t('Forgotten'), ''], [t('When'), ''], [t('Forget AUC'), 'auc'], [t('Test AUC'), 'auc'], [t('Took'), ''], ['', '']];
  const why = whyNot(state, 'choose');
  return [
    h(
      'div',
      { key: 'table', class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('Kept runs') },
      h(
        'table',
        // Where it is narrow its rows are blocks, which would make it no table.
        { role: 'table' },
        h('caption', { class: 'unseen' }, t('Runs that are kept on this device, the newest first')),
        h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head.map(([name, term], idx) => (name === '' ? h('td', { role: 'cell' }) : h('th', { scope: 'col', role: 'columnheader' }, term && idx === 3 ? h(Term, { id: 'auc' }, name) : name))))),
        h('tbody', { role: 'rowgroup' }, history.list.map((about) => h(Run, { key: about.id, about, sets: data.sets, picked: ['A', 'B'][history.picked.indexOf(about.id)] ?? '', held: history.held === about.id, open: result.kept?.id === about.id, why, actions }))),
      ),
    ),
    h(Reason, { key: 'why', id: 'why-open', text: why }),
    h('p', { key: 'how', class: 'small muted' }, history.picked.length < 2 ? t('Tick two to see them side by side.') : ''),
  ];
}

/** What the list holds, and where. @param {KeptRun[]} list */
function heldText(list) {
  const own = list.filter((about) => about.own).length;
  const size = bytes(list.reduce((sum, about) => sum + sizeOf(about), 0));
  const kept = list.length === 0 ? '' : t(' {runs}, {size}.', { runs: plural(list.length, 'run'), size });
  const names = own === 0 ? '' : own === 1 ? t(' One is of your own files and holds what these call people and titles.') : t(' {own} are of your own files and hold what these call people and titles.', { own });
  return t('Kept in this browser’s storage, on this device and nowhere else:{kept} Of each: settings, forget set, figures, report, curves, answers to a sample of ratings, and the adapter if it is small.{names} At most 100; then the oldest goes. Runs of the tab Compare stand in its table.', { kept, names });
}

/** A session as one file. @param {{state: State, actions: Actions}} props */
function SessionFile({ state, actions }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [own, setOwn] = useState(false);
  const some = state.history.list.some((about) => about.own);
  return h(
    'section',
    { class: 'card session', 'aria-labelledby': 'session-title' },
    h('div', { class: 'head' }, h('h2', { id: 'session-title' }, t('The session as one file'))),
    h('p', { class: 'small muted' }, marker()(t('Settings, every kept run with its report, and adapters: to go on elsewhere, to hand in, or to keep. The file is checked by its hashes when it is opened; a damaged or foreign one is refused, and told where it is wrong.'))),
    some && h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: own, onChange: (/** @type {Event} */ event) => setOwn(/** @type {HTMLInputElement} */ (event.currentTarget).checked) }), t('Also runs on my own files, with what they call people')),
    h(
      'div',
      { class: 'buttons' },
      h(Button, { label: t('Save the session'), glyph: 'down', onClick: () => void actions.saveSession(own) }),
      h(Button, { label: t('Open a session'), onClick: () => input.current?.click() }),
      h('input', { ref: input, type: 'file', accept: '.json,application/json', class: 'unseen', tabindex: '-1', 'aria-label': t('A session file'), onChange(/** @type {Event} */ event) {
        const field = /** @type {HTMLInputElement} */ (event.currentTarget);
        const file = field.files?.[0];
        if (file) void actions.openSession(file);
        // The same file can be chosen again.
        field.value = '';
      } }),
    ),
    state.data.key === OWN && h('p', { class: 'small muted' }, t('What is chosen in your own data is not written into it.')),
  );
}

/** @param {{state: State, actions: Actions}} props */
function Runs({ state, actions }) {
  const { history, view } = state;
  useEffect(() => {
    if (history.status === 'none') void actions.listRuns();
  }, [history.status]);
  const n = history.list.length;
  return h(
    'div',
    { class: 'history-tab' },
    h('div', { class: 'intro' }, h('h1', null, t('Your runs.')), h('p', null, t('Every run that ended is kept with its report and curves: open one as it was, or hold two against each other.'))),
    h(
      'section',
      { class: 'card runs-list', 'aria-labelledby': 'runs-title' },
      h('div', { class: 'head' }, h('h2', { id: 'runs-title' }, t('Kept on this device')), n > 0 && h(Button, { label: t('Delete all'), kind: 'slim', onClick: () => void actions.deleteRuns() })),
      h('p', { class: 'small muted' }, heldText(history.list)),
      history.unkept !== '' && h('p', { class: 'notice small', role: 'status' }, t('The last run could not be kept: {why}.', { why: said(history.unkept) })),
      h(ErrorBox, { error: history.error }),
      h('p', { class: 'notice small', role: 'status', hidden: history.notice === '' }, history.notice),
      h(List, { state, actions }),
    ),
    history.pair.length === 2 ? h(Pair, { pair: history.pair, scheme: view.scheme }) : null,
    h(SessionFile, { state, actions }),
  );
}

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export const mountHistory = (host, actions) => (state) => {
  if (state.tab === 'runs') render(h(Runs, { state, actions }), host);
};
