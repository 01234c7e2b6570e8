// @ts-check
// The tab that compares: what to run, how far it is, then table, plots and people. Loaded when first looked at.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { isLocked, whyNot } from '../../app/selectors.js';
import { OWN, wordsFor } from '../../engine/datasets.js';
import { forgetOf, keyOf, nameOf } from '../../engine/forget-spec.js';
import { familiesOf, linesOfFamily } from '../../engine/method-families.js';
import { Citation } from '../../ui/cite.js';
import { count, duration, moment, plural } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { HelpButton } from '../../ui/popover.js';
import { save } from '../../ui/save.js';
import { Bar, Button, ErrorBox, progressbar, Reason, Segmented, TextField, useKeptFocus, wholeOf } from '../../ui/widgets.js';
import { language, said, sentence, t } from '../../ui/words.js';
import { MethodCard } from './card.js';
import { dropTarget, Elsewhere } from './elsewhere-view.js';
import { Plots } from './plots.js';
import { claimsOf } from './reference.js';
import { secondsLeft, settingOf } from './rows.js';
import { COLUMNS, linesOf, noiseOf, sourceInFile, toCsv } from './table-data.js';
import { ColumnChooser, Table, TableLegend, useColumnGroup } from './table-view.js';

/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').CompareState} CompareState */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../../types.d.ts').State} State */

const SEEDS = [1, 2, 3, 4, 5].map((value) => ({ value, label: String(value) }));

/** What a method does, what its settings are for, and where it was published. @param {{method: MethodEntry}} props */
const MethodHelp = ({ method }) => [
  h('b', null, said(method.label)),
  h('p', null, said(method.summary)),
  method.presets.map((preset) => preset.note && h('p', { key: preset.id, class: 'small' }, `${said(preset.label)}: ${sentence(preset.note)}`)),
  h('p', { class: 'small muted' }, h(Citation, { text: method.citation })),
];

/** Methods and settings to tick, family by family. */
const Picks = memo(
  /** @param {{loaded: Loaded, chosen: string[], locked: boolean, actions: Actions}} props */
  ({ loaded, chosen, locked, actions }) => {
    /** Families that a person opened or closed. */
    const [opened, setOpened] = useState(/** @type {Record<string, boolean>} */ ({}));
    const presetsOf = (/** @type {MethodEntry} */ method) => (method.presets.length > 0 ? method.presets : [{ id: '', label: t('Default'), note: '' }]);
    const pick = (/** @type {string} */ value, /** @type {boolean} */ on) => actions.changeComparison({ picks: on ? [...chosen, value] : chosen.filter((one) => one !== value) });
    return h(
      'div',
      { class: 'picks', role: 'group', 'aria-label': t('Methods and settings') },
      familiesOf(loaded.methods).map((family) =>
        h(
          'details',
          {
            key: family.id, class: 'family', open: opened[family.id] ?? (family.id === 'paper' || family.methods.some((method) => chosen.some((value) => value.startsWith(`${method.id}/`)))),
            onToggle(/** @type {Event} */ event) {
              const { open } = /** @type {HTMLDetailsElement} */ (event.currentTarget);
              setOpened((now) => ({ ...now, [family.id]: open }));
            },
          },
          h('summary', null, t(family.label), h('span', { class: 'muted small' }, ` ${plural(family.methods.length, 'method')}`)),
          h(
            'div',
            { class: 'of' },
            family.methods.map((method) =>
              h(
                'div',
                { key: method.id, class: 'pick' },
                h('b', null, said(method.label), ' ', h(HelpButton, { label: t('About {label}', { label: said(method.label) }), draw: () => h(MethodHelp, { method }) })),
                presetsOf(method).map((preset) => {
                  const value = `${method.id}/${preset.id}`;
                  return h(
                    'label',
                    { key: preset.id, class: 'check' },
                    h('input', { type: 'checkbox', value, disabled: locked, checked: chosen.includes(value), 'aria-label': `${said(method.label)}, ${said(preset.label)}`, onChange: (/** @type {Event} */ event) => pick(value, /** @type {HTMLInputElement} */ (event.currentTarget).checked) }),
                    said(preset.label),
                  );
                }),
              ),
            ),
          ),
        ),
      ),
    );
  },
);

/** How much of the cell in work is done. @param {State['run']} run */
const shareOfCell = (run) => (run.status === 'running' && run.left != null && run.elapsed + run.left > 0 ? run.elapsed / (run.elapsed + run.left) : 0);

const NO_PICKS = /** @type {string[]} */ ([]);

/** What to run, and how far it is. @param {{state: State, actions: Actions}} props */
function Order({ state, actions }) {
  const { compare, loaded, run } = state;
  const running = compare.status === 'running';
  const choice = forgetOf(state.choice);
  const sizes = state.selection.value?.sizes;
  const n = (compare.picks?.length ?? 0) * compare.seeds;
  const why = running ? '' : whyNot(state, 'compare');
  const cell = compare.cells[compare.at];
  const left = running && run.status === 'running' ? secondsLeft(compare, run.left) : null;
  const share = running && compare.cells.length > 0 ? (compare.at + shareOfCell(run)) / compare.cells.length : compare.status === 'done' ? 1 : 0;
  const what = running ? (cell ? t('Run {at} of {length}: {label}, seed {seed}', { at: compare.at + 1, length: compare.cells.length, label: said(cell.label), seed: cell.seed }) : t('Getting ready')) : state.boot.status !== 'ready' ? said(state.boot.what) : n === 0 ? t('Tick at least one method.') : t('{runs}, one after another.', { runs: plural(n, 'run') });
  const when = running ? (run.paused ? t('Paused') : left == null ? t('Working out the time left…') : t('about {left} left', { left: duration(Math.max(left, 0.1)) })) : { idle: '', running: '', done: t('Done'), cancelled: t('Cancelled; what was finished is kept') }[compare.status];
  const group = useKeptFocus();
  return h(
    'section',
    { class: 'card order-card', 'aria-labelledby': 'compare-order' },
    h('h2', { id: 'compare-order' }, t('Run on this device')),
    h(
      'p',
      { class: 'forget-line' },
      t('Forget '), h('b', null, running ? compare.label : choice ? nameOf(choice, wordsFor(loaded).items, loaded) : t('nothing yet')), ' ',
      h('span', { class: 'muted' }, running || !sizes || !choice ? '' : t('({ratings}, {retain} stay)', { ratings: plural(sizes.forget, 'rating'), retain: count(sizes.retain) })), ' ',
      h('button', { type: 'button', class: 'link', onClick: () => actions.tab('forget') }, t('Change it in “Forget one”')),
    ),
    loaded && h(Picks, { loaded, chosen: compare.picks ?? NO_PICKS, locked: running, actions }),
    h(
      'div',
      { class: 'order-row' },
      h('div', { class: 'field' }, h('span', { class: 'label' }, t('Seeds'), h(HelpButton, { label: t('What several seeds are for'), draw: () => h('p', null, t('One seed: one run of each method, and no interval. More: seeds 1 to that number, a mean and its 95 % interval.')) })), h(Segmented, { label: t('Seeds'), slim: true, options: SEEDS, value: compare.seeds, disabled: running, onChange: (/** @type {number} */ seeds) => actions.changeComparison({ seeds }) })),
      h(
        'div',
        { class: 'field steps' },
        h('span', { class: 'label' }, h('label', { for: 'compare-steps' }, t('Steps')), h(HelpButton, { label: t('How long a run is'), draw: () => h('p', null, t('Steps of every run. Left empty, each method takes its own number.')) })),
        h(TextField, { value: compare.steps == null ? '' : String(compare.steps), onCommit: (text) => actions.changeComparison({ steps: text === '' ? null : Math.max(1, wholeOf(text) ?? 1) }), attributes: { id: 'compare-steps', type: 'number', min: '1', step: '1', inputmode: 'numeric', placeholder: t('auto'), disabled: running } }),
      ),
      h(
        'div',
        { class: 'buttons', ...group },
        !running && h(Button, { key: 'start', label: t('Run'), kind: 'primary', glyph: 'play', why, reason: 'why-compare', onClick: () => void actions.compare() }),
        running && (run.paused ? h(Button, { key: 'resume', label: t('Resume'), kind: 'primary', glyph: 'play', onClick: actions.resume }) : h(Button, { key: 'pause', label: t('Pause'), glyph: 'pause', onClick: actions.pause })),
        running && h(Button, { key: 'cancel', label: t('Cancel'), glyph: 'stop', onClick: actions.cancel }),
      ),
    ),
    compare.status !== 'idle' && h('div', { class: 'whole', ...progressbar(t('Comparison'), share) }, h(Bar, { share })),
    h('div', { class: 'clock' }, h('span', null, what), h('span', null, when)),
    h(Reason, { id: 'why-compare', text: why, said: state.boot.status !== 'ready' || n === 0 }),
    h(ErrorBox, { error: compare.error }),
  );
}

/** The families' names, each with the number of its lines. */
const FamilyOptions = memo(
  /** @param {{methods: Loaded['methods'], lines: Line[]}} props */
  ({ methods, lines }) => {
    const label = (/** @type {string} */ name, /** @type {MethodEntry['family'] | null} */ id) => `${name} (${linesOfFamily(lines, id, methods).filter((line) => line.id !== 'original' && line.id !== 'retrain').length})`;
    return [h('option', { value: '' }, label(t('All methods'), null)), familiesOf(methods).map((family) => h('option', { value: family.id }, label(t(family.label), family.id)))];
  },
);

/** Who is better, from the reference's paired tests. */
const Claims = memo(
  /** @param {{reference: CompareState['reference']['value'], loaded: Loaded}} props */
  ({ reference, loaded }) => {
    const claims = claimsOf(reference, loaded.methods);
    return claims.length > 0 && h('ul', { class: 'claims' }, claims.map((line) => h('li', null, line, ' ', h('span', { class: 'tag' }, 'reference'))));
  },
);

/** The lines of the table. @param {CompareState['rows']} rows @param {CompareState['opened']['files']} files @param {CompareState['reference']['value']} reference @param {Loaded} loaded @param {string} forgetKey @param {(string | import('../../types.d.ts').Cell)[] | null} chosen @param {number | null} steps */
function tableLines(rows, files, reference, loaded, forgetKey, chosen, steps) {
  const ours = rows.filter((row) => row.forget_set === forgetKey);
  const shipped = forgetKey === 'standard' ? loaded.shipped.map((row) => ({ ...row, label: row.id, setting: '', forget_set: forgetKey, neighbour: row.neighbour ?? null, peak_bytes: row.peak_bytes ?? null, gap_closed: null, device: '', source: 'shipped' })) : [];
  const known = new Set(ours.filter((row) => !row.source.startsWith('this device')).map((row) => row.id));
  const cells = (chosen ?? []).map((value) => {
    if (typeof value !== 'string') return value;
    const [method = '', preset = ''] = value.split('/');
    return { method, preset, setting: settingOf(preset, steps), label: method, params: {}, seed: 1 };
  });
  return linesOf({ rows: [...ours, ...shipped.filter((row) => !known.has(row.id))], opened: files.flatMap((file) => file.rows).filter((row) => row.forget_set === forgetKey), reference, cells, methods: loaded.methods });
}

/** Table, people and plots. @param {{state: State, loaded: Loaded, actions: Actions}} props */
function Results({ state, loaded, actions }) {
  const { compare, run } = state;
  const running = compare.status === 'running';
  const forgetKey = running ? compare.forgetKey : keyOf(forgetOf(state.choice));
  const reference = forgetKey === 'standard' ? compare.reference.value : null;
  const chosen = running ? compare.cells : compare.picks;
  const all = useMemo(() => tableLines(compare.rows, compare.opened.files, reference, loaded, forgetKey, chosen, compare.steps), [compare.rows, compare.opened.files, reference, loaded, forgetKey, chosen, compare.steps, language()]);
  const noise = useMemo(() => noiseOf(all, reference), [all, reference, language()]);
  const lines = useMemo(() => linesOfFamily(all, compare.family, loaded.methods), [all, compare.family, loaded.methods, language()]);
  const group = useColumnGroup(compare.group);
  const beside = compare.beside[forgetKey];
  const floor = beside?.floor ?? (forgetKey === 'standard' ? reference?.floor ?? loaded.floor ?? null : null);
  const baseline = beside?.baseline ?? loaded.baseline ?? compare.reference.value?.baseline ?? null;
  // The files hold every method, whichever are in view.
  const measured = all.filter((line) => line.origin);
  const stem = `unlearn-compare-${loaded.dataset}`;
  return [
    h(
      'section',
      { key: 'table', class: 'card table-card', 'aria-labelledby': 'compare-table', ...dropTarget(actions) },
      h(
        'div',
        { class: 'head' },
        h('div', null, h('h2', { id: 'compare-table' }, t('All methods')), h('p', null, referenceText(state, forgetKey))),
        h(
          'div',
          { class: 'tools' },
          h('select', { class: 'select', 'aria-label': t('Methods in view'), value: compare.family ?? '', onChange: (/** @type {Event} */ event) => actions.changeComparison({ family: /** @type {CompareState['family']} */ (/** @type {HTMLSelectElement} */ (event.currentTarget).value || null) }) }, h(FamilyOptions, { methods: loaded.methods, lines: all })),
          h(ColumnChooser, { group, actions }),
          h(Button, { label: 'CSV', kind: 'slim', glyph: 'down', title: t('Means and intervals, one line a row'), disabled: measured.length === 0, onClick: () => save(`${stem}.csv`, toCsv(measured, floor, baseline && { ...baseline, auc: baseline.auc ?? null }), 'text/csv') }),
          h(Button, { label: 'JSON', kind: 'slim', glyph: 'down', title: t('Every run behind the table, in the shape of `unlearn compare`: another device can open it here'), disabled: measured.length === 0, onClick: () => save(`${stem}.json`, `${JSON.stringify(fileOf(measured, floor, baseline, loaded), null, 2)}\n`, 'application/json') }),
        ),
      ),
      h(TableLegend, { elsewhere: all.some((line) => line.from) }),
      h(Table, { lines, methods: loaded.methods, group, floor, baseline, compare, share: shareOfCell(run), actions }),
      h(Claims, { reference, loaded }),
      h(Elsewhere, { opened: compare.opened, forgetKey, actions }),
    ),
    h(MethodCard, { key: 'card', line: all.find((one) => one.key === compare.open) ?? null, lines: all, state, loaded, forgetKey, running: isLocked(state), actions }),
    h(Plots, { key: 'plots', all, lines, methods: loaded.methods, compare, floor, baseline: baseline?.auc ?? null, noise, actions }),
  ];
}

/** Whatever belongs to one line lights up together. @param {Event} event @param {boolean} on */
function light(event, on) {
  const root = /** @type {HTMLElement} */ (event.currentTarget);
  const { key } = /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest('[data-key]') ?? root).dataset;
  for (const one of root.querySelectorAll('.hot')) one.classList.remove('hot');
  if (on && key) for (const one of root.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) one.classList.add('hot');
}

/** @param {{state: State, actions: Actions}} props */
function Comparison({ state, actions }) {
  const { data, loaded, compare } = state;
  useEffect(() => {
    if (loaded && data.key && data.key !== OWN && compare.reference.key !== data.key) void actions.fetchReference();
  });
  return h(
    'div',
    { class: 'compare', onMouseover: (/** @type {Event} */ event) => light(event, true), onFocusin: (/** @type {Event} */ event) => light(event, true), onMouseleave: (/** @type {Event} */ event) => light(event, false), onFocusout: (/** @type {Event} */ event) => light(event, false) },
    h('div', { class: 'intro' }, h('h1', null, t('Compare the methods.')), h('p', null, t('The same forget set, the same model, every method: what is forgotten, what that costs, and how far each stays from a model that never saw the data.'))),
    h(Order, { state, actions }),
    loaded && h(Results, { state, loaded, actions }),
  );
}

/** Where the figures come from, in a sentence. @param {State} state @param {string} forgetKey */
function referenceText(state, forgetKey) {
  const { reference } = state.compare;
  const sizes = state.selection.value?.sizes;
  const rows = sizes && state.compare.status !== 'running' ? t('On {test} test rows and {forget} forget rows. ', { test: count(sizes.test), forget: count(sizes.forget) }) : '';
  if (state.data.key === OWN) return t('{rows}There is no reference for your own data: every figure is this device’s.', { rows });
  if (forgetKey !== 'standard') return t('{rows}The reference was measured on the paper’s 20 %. Another forget set is chosen, so only this device’s figures are shown.', { rows });
  if (reference.status === 'other') return t('{rows}The shipped reference was measured on other ratings than these, so only this device’s figures are shown.', { rows });
  if (reference.status === 'busy') return t('Looking for the reference…');
  if (reference.status === 'failed') return t('{rows}The reference could not be fetched. Figures of this device are shown as they are made.', { rows });
  if (reference.status !== 'ready' || !reference.value) return t('{rows}No reference of all methods is shipped for this data.', { rows });
  const { date, command } = reference.value.created_with ?? {};
  return t('{rows}Rows that have not been run here show the reference{more}{more2}.', { rows, more: date ? t(', measured on {date}', { date: moment(new Date(date)) }) : '', more2: command ? t(' by {command}', { command }) : '' });
}

/** The table as a file, in the shape of the reference. @param {Line[]} lines @param {object | null} floor @param {object | null} baseline @param {Loaded} loaded */
const fileOf = (lines, floor, baseline, loaded) => ({
  version: 1, dataset: loaded.dataset, data: loaded.data, model: loaded.model, methods: lines.flatMap((line) => line.runs),
  summary: lines.map((line) => ({ id: line.id, label: line.label, setting: line.setting, source: sourceInFile(line), n_seeds: line.runs.length, ...Object.fromEntries(COLUMNS.flatMap(({ id }) => (line.figures[id] ? [[id, { mean: line.figures[id]?.mean, half_width: line.figures[id]?.half }]] : []))) })),
  floor, baseline, created_with: { command: 'page', date: new Date().toISOString().slice(0, 10), version: PAGE_VERSION },
});

/** What a screen reader is told. @param {CompareState} compare */
function spoken(compare) {
  const cell = compare.cells[compare.at];
  if (compare.status === 'running') return cell ? t('{label}, seed {seed}', { label: said(cell.label), seed: cell.seed }) : t('Getting ready');
  return compare.status === 'done' ? t('The comparison is done.') : t('The comparison was cancelled.');
}

/** @param {HTMLElement} host @param {HTMLElement} say @param {Actions} actions @returns {(state: State) => void} */
export const mountComparison = (host, say, actions) => (state) => {
  if (state.tab !== 'compare') return;
  render(h(Comparison, { state, actions }), host);
  if (state.compare.status !== 'idle' && say.textContent !== spoken(state.compare)) say.textContent = spoken(state.compare);
};
