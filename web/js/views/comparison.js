// @ts-check
// The tab that compares: what to run, how far it is, then table, plots and people. Loaded when first looked at.

import { COLUMNS, keyOfLine, linesOf, noiseOf, secondsLeft, settingOf, claimsOf, toCsv } from '../compare.js';
import { OWN, wordsFor } from '../datasets.js';
import { fill, h, memo, setText, show } from '../dom.js';
import { familiesOf, linesOfFamily } from '../families.js';
import { count, duration, plural } from '../format.js';
import { forgetOf, keyOf, nameOf } from '../request.js';
import { button, save, segmented, troubleBox } from '../ui.js';
import { mountPeople } from './people.js';
import { mountPlots } from './plots.js';
import { mountTable } from './table.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../compare.js').Line} Line */
/** @typedef {import('../types.d.ts').CompareState} CompareState */
/** @typedef {import('../types.d.ts').Loaded} Loaded */
/** @typedef {import('../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../types.d.ts').State} State */

/** @param {HTMLElement} host @param {HTMLElement} say @param {Actions} actions */
export function mountComparison(host, say, actions) {
  const forgetName = h('b');
  const forgetSize = h('span', { class: 'muted' });
  const picks = h('div', { class: 'picks', role: 'group', 'aria-label': 'Methods and settings' });
  const seeds = segmented({ label: 'Seeds', slim: true, options: [1, 2, 3, 4, 5].map((value) => ({ value, label: String(value), title: value === 1 ? 'One run each: no interval' : `Seeds 1 to ${value}: a mean and its interval` })), onChange: (value) => actions.comparison({ seeds: value }) });
  const steps = h('input', { class: 'input', type: 'number', min: '1', step: '1', inputmode: 'numeric', placeholder: 'auto', on: { change: () => actions.comparison({ steps: steps.value === '' ? null : Math.max(1, Math.round(Number(steps.value) || 1)) }) } });
  const start = button('Run', { kind: 'primary', glyph: 'play', onClick: () => void actions.compare() });
  const pause = button('Pause', { glyph: 'pause', onClick: () => actions.pause() });
  const resume = button('Resume', { kind: 'primary', glyph: 'play', onClick: () => actions.resume() });
  const cancel = button('Cancel', { glyph: 'stop', title: 'What is finished is kept', onClick: () => actions.cancel() });
  const bar = h('i');
  const progress = h('div', { class: 'whole', role: 'progressbar', 'aria-label': 'Comparison', 'aria-valuemin': '0', 'aria-valuemax': '100' }, h('div', { class: 'track' }, bar));
  const [clockLeft, clockRight] = [h('span'), h('span')];
  const trouble = h('div');
  const order = h(
    'section',
    { class: 'card order-card', 'aria-labelledby': 'compare-order' },
    h('h2', { id: 'compare-order' }, 'Run on this device'),
    h('p', { class: 'forget-line' }, 'Forget ', forgetName, ' ', forgetSize, ' ', h('button', { type: 'button', class: 'link', on: { click: () => actions.tab('forget') } }, 'Change it in “Forget one”')),
    picks,
    h(
      'div',
      { class: 'order-row' },
      h('div', { class: 'field' }, h('span', { class: 'label' }, 'Seeds'), seeds.el),
      h('label', { class: 'field steps', title: 'Steps of every run; empty: each method’s own choice' }, h('span', { class: 'label' }, 'Steps'), steps),
      h('div', { class: 'buttons' }, start, resume, pause, cancel),
    ),
    progress,
    h('div', { class: 'clock' }, clockLeft, clockRight),
    trouble,
  );

  const told = h('p');
  const claims = h('ul', { class: 'claims' });
  const table = mountTable(actions);
  const family = h('select', { class: 'select', 'aria-label': 'Methods in view', on: { change: () => actions.comparison({ family: /** @type {CompareState['family']} */ (family.value || null) }) } });
  const csv = button('CSV', { kind: 'slim', glyph: 'down', title: 'Means and intervals, one line a row', onClick: () => view && save(`${stem()}.csv`, toCsv(view.lines, view.floor, view.baseline), 'text/csv') });
  const json = button('JSON', { kind: 'slim', glyph: 'down', title: 'Every run behind the table, in the shape of `unlearn compare`', onClick: () => view && save(`${stem()}.json`, `${JSON.stringify(fileOf(view), null, 2)}\n`, 'application/json') });
  const plots = mountPlots();
  const people = mountPeople(actions);
  const el = h(
    'div',
    { class: 'compare' },
    h('div', { class: 'intro' }, h('h1', {}, 'Compare the methods.'), h('p', {}, 'The same forget set, the same model, every method: what is forgotten, what that costs, and how far each stays from a model that never saw the data.')),
    order,
    h('section', { class: 'card table-card', 'aria-labelledby': 'compare-table' }, h('div', { class: 'head' }, h('div', {}, h('h2', { id: 'compare-table' }, 'All methods'), told), h('div', { class: 'tools' }, family, table.chooser, csv, json)), table.legend, table.el, claims),
    people.el,
    plots.el,
  );
  host.append(el);
  link(el);

  /** What is drawn, for the files. @type {{lines: Line[], floor: any, baseline: any, state: State} | null} */
  let view = null;
  const stem = () => `unlearn-compare-${view?.state.loaded?.dataset ?? 'data'}`;

  /** Families whose methods are in view. */
  const opened = new Set();
  const drawPicks = memo((/** @type {Loaded} */ loaded, /** @type {string[] | null} */ chosen, /** @type {boolean} */ locked) => {
    const active = document.activeElement instanceof HTMLInputElement && picks.contains(document.activeElement) ? document.activeElement.value : null;
    fill(
      picks,
      familiesOf(loaded.methods).map((family) =>
        h(
          'details',
          { class: 'family', open: family.id === 'paper' || family.methods.some((method) => chosen?.some((value) => value.startsWith(`${method.id}/`))) || opened.has(family.id), on: { toggle: (/** @type {Event} */ event) => (event.currentTarget instanceof HTMLDetailsElement && event.currentTarget.open ? opened.add(family.id) : opened.delete(family.id)) } },
          h('summary', {}, family.label, h('span', { class: 'muted small' }, ` ${plural(family.methods.length, 'method')}`)),
          h('div', { class: 'of' }, family.methods.map((method) =>
            h(
              'div',
              { class: 'pick' },
              h('b', { title: method.summary }, method.label),
              (method.presets.length > 0 ? method.presets : [{ id: '', label: 'Default', note: '' }]).map((preset) => {
                const value = `${method.id}/${preset.id}`;
                const box = h('input', {
                  type: 'checkbox', value, disabled: locked, 'aria-label': `${method.label}, ${preset.label}`,
                  on: { change: () => actions.comparison({ picks: box.checked ? [...(chosen ?? []), value] : (chosen ?? []).filter((one) => one !== value) }) },
                });
                box.checked = chosen?.includes(value) ?? false;
                return h('label', { class: 'check', title: preset.note }, box, preset.label);
              }),
            ),
          )),
        ),
      ),
    );
    if (active) /** @type {HTMLInputElement | null} */ (picks.querySelector(`input[value="${CSS.escape(active)}"]`))?.focus();
  });
  const drawFamilies = memo((/** @type {Loaded['methods']} */ methods, /** @type {Line[]} */ lines) => {
    const told = (/** @type {string} */ label, /** @type {MethodEntry['family'] | null} */ id) => `${label} (${linesOfFamily(lines, id, methods).filter((line) => line.id !== 'original' && line.id !== 'retrain').length})`;
    fill(family, h('option', { value: '' }, told('All methods', null)), familiesOf(methods).map(({ id, label }) => h('option', { value: id }, told(label, id))));
  });
  const drawTrouble = memo((/** @type {CompareState['error']} */ error) => fill(trouble, error && troubleBox(error, error.code === 'cancelled')));
  const drawClaims = memo((/** @type {CompareState['reference']['value']} */ reference, /** @type {Loaded | null} */ loaded) => {
    const said = claimsOf(reference, loaded?.methods);
    show(claims, said.length > 0);
    fill(claims, said.map((line) => h('li', {}, line, ' ', h('span', { class: 'tag' }, 'reference'))));
  });

  const readLines = cached((/** @type {CompareState['rows']} */ rows, /** @type {CompareState['reference']['value']} */ reference, /** @type {Loaded} */ loaded, /** @type {string} */ key, /** @type {(string | import('../types.d.ts').Cell)[] | null} */ chosen, /** @type {number | null} */ n) => {
    const ours = rows.filter((row) => row.forget_set === key);
    const shipped = key === 'standard' ? loaded.shipped.map((row) => ({ ...row, label: row.id, setting: '', forget_set: key, neighbour: row.neighbour ?? null, peak_bytes: row.peak_bytes ?? null, gap_closed: null, device: '', source: 'shipped' })) : [];
    const known = new Set(ours.filter((row) => !row.source.startsWith('this device')).map((row) => row.id));
    const cells = (chosen ?? []).map((value) => {
      if (typeof value !== 'string') return value;
      const [method, preset] = value.split('/');
      return { method, preset, setting: settingOf(preset, n), label: method, params: {}, seed: 1 };
    });
    const lines = linesOf({ rows: [...ours, ...shipped.filter((row) => !known.has(row.id))], reference: key === 'standard' ? reference : null, cells, methods: loaded.methods });
    return { lines, noise: noiseOf(lines, key === 'standard' ? reference : null) };
  });
  const inView = cached((/** @type {Line[]} */ lines, /** @type {CompareState['family']} */ family, /** @type {Loaded['methods']} */ methods) => linesOfFamily(lines, family, methods));

  return (/** @type {State} */ state) => {
    if (state.tab !== 'compare') return;
    const { compare, loaded, data, run } = state;
    const running = compare.status === 'running';
    const choice = forgetOf(state.choice);
    const key = running ? compare.forgetKey : keyOf(choice);
    const ready = state.boot.status === 'ready' && choice != null && data.status !== 'busy';
    if (loaded && data.key && data.key !== OWN && compare.reference.key !== data.key) void actions.reference();

    setText(forgetName, running ? compare.label : choice ? nameOf(choice, wordsFor(loaded).items) : 'nothing yet');
    const sizes = state.selection.value?.sizes;
    setText(forgetSize, running || !sizes || !choice ? '' : `(${plural(sizes.forget, 'rating')}, ${count(sizes.retain)} stay)`);
    if (loaded) drawPicks(loaded, compare.picks, running);
    seeds.set(compare.seeds, running);
    if (document.activeElement !== steps) steps.value = compare.steps == null ? '' : String(compare.steps);
    steps.disabled = running;
    const n = (compare.picks?.length ?? 0) * compare.seeds;
    show(start, !running);
    start.disabled = !ready || n === 0 || run.status === 'running';
    show(pause, running && !run.paused);
    show(resume, running && run.paused);
    show(cancel, running);

    const own = run.status === 'running' && run.left != null && run.elapsed + run.left > 0 ? run.elapsed / (run.elapsed + run.left) : 0;
    const share = running && compare.cells.length > 0 ? (compare.at + own) / compare.cells.length : compare.status === 'done' ? 1 : 0;
    bar.style.transform = `scaleX(${share})`;
    progress.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    show(progress, compare.status !== 'idle');
    const cell = compare.cells[compare.at];
    const left = running && run.status === 'running' ? secondsLeft(compare, run.left) : null;
    setText(clockLeft, running ? (cell ? `Run ${compare.at + 1} of ${compare.cells.length}: ${cell.label}, seed ${cell.seed}` : 'Getting ready') : state.boot.status !== 'ready' ? state.boot.what : n === 0 ? 'Tick at least one method.' : `${plural(n, 'run')}, one after another.`);
    setText(clockRight, running ? (run.paused ? 'Paused' : left == null ? 'Working out the time left…' : `about ${duration(Math.max(left, 0.1))} left`) : { idle: '', running: '', done: 'Done', cancelled: 'Cancelled; what was finished is kept' }[compare.status]);
    if (running || compare.status !== 'idle') setText(say, running ? (cell ? `${cell.label}, seed ${cell.seed}` : 'Getting ready') : compare.status === 'done' ? 'The comparison is done.' : 'The comparison was cancelled.');
    drawTrouble(compare.error);

    if (!loaded) return;
    const { lines, noise } = readLines(compare.rows, compare.reference.value, loaded, key, running ? compare.cells : compare.picks, compare.steps);
    const beside = compare.beside[key];
    const reference = key === 'standard' ? compare.reference.value : null;
    const floor = beside?.floor ?? (key === 'standard' ? reference?.floor ?? loaded.floor ?? null : null);
    const baseline = beside?.baseline ?? loaded.baseline ?? compare.reference.value?.baseline ?? null;
    drawFamilies(loaded.methods, lines);
    family.value = compare.family ?? '';
    const shown = inView(lines, compare.family, loaded.methods);
    // The files hold every method, whichever are in view.
    view = { lines: lines.filter((line) => line.origin), floor, baseline, state };
    csv.disabled = json.disabled = view.lines.length === 0;
    setText(told, referenceText(state, key));
    table.render(shown, { floor, baseline, compare, now: cell && running ? { key: keyOfLine(cell.method, cell.setting), share: own } : null });
    drawClaims(reference, loaded);
    people.render(state, shown, key);
    plots.render(shown, { floor, baseline, noise, scheme: state.view.scheme });
  };
}

/** Keeps the last results of a function. @template T @param {(...values: any[]) => T} make @returns {(...values: any[]) => T} */
function cached(make) {
  /** @type {{values: any[], made: T}[]} */
  let kept = [];
  return (...values) => {
    const found = kept.find((one) => one.values.every((value, idx) => Object.is(value, values[idx])));
    if (found) return found.made;
    const made = make(...values);
    kept = [{ values, made }, ...kept].slice(0, 2);
    return made;
  };
}

/** Where the figures come from, in a sentence. @param {State} state @param {string} key */
function referenceText(state, key) {
  const { reference } = state.compare;
  const sizes = state.selection.value?.sizes;
  const rows = sizes && state.compare.status !== 'running' ? `On ${count(sizes.test)} test rows and ${count(sizes.forget)} forget rows. ` : '';
  if (state.data.key === OWN) return `${rows}There is no reference for your own data: every figure is this device’s.`;
  if (key !== 'standard') return `${rows}The reference was measured on the paper’s 20 %. Another forget set is chosen, so only this device’s figures are shown.`;
  if (reference.status === 'other') return `${rows}The shipped reference was measured on other ratings than these, so only this device’s figures are shown.`;
  if (reference.status === 'busy') return 'Looking for the reference…';
  if (reference.status === 'failed') return `${rows}The reference could not be fetched. Figures of this device are shown as they are made.`;
  if (reference.status !== 'ready' || !reference.value) return `${rows}No reference of all methods is shipped for this data.`;
  const { date, command } = reference.value.created_with ?? {};
  return `${rows}Rows that have not been run here show the reference${date ? `, measured on ${date.slice(0, 10)}` : ''}${command ? ` by ${command}` : ''}.`;
}

/** The table as a file, in the shape of the reference. @param {{lines: Line[], floor: any, baseline: any, state: State}} view */
const fileOf = ({ lines, floor, baseline, state }) => ({
  version: 1, dataset: state.loaded?.dataset ?? '', model: state.loaded?.model ?? '', methods: lines.flatMap((line) => line.runs),
  summary: lines.map((line) => ({ id: line.id, label: line.label, setting: line.setting, source: line.origin, n_seeds: line.runs.length, ...Object.fromEntries(COLUMNS.flatMap(({ id }) => (line.figures[id] ? [[id, { mean: line.figures[id]?.mean, half_width: line.figures[id]?.half }]] : []))) })),
  floor, baseline, created_with: { command: 'page', date: new Date().toISOString().slice(0, 10), version: PAGE_VERSION },
});

/** Whatever belongs to one line lights up together. @param {HTMLElement} el */
function link(el) {
  const light = (/** @type {Event} */ event, /** @type {boolean} */ on) => {
    const { key } = /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest('[data-key]') ?? el).dataset;
    for (const one of el.querySelectorAll('.hot')) one.classList.remove('hot');
    if (on && key) for (const one of el.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) one.classList.add('hot');
  };
  for (const name of ['mouseover', 'focusin']) el.addEventListener(name, (event) => light(event, true));
  for (const name of ['mouseleave', 'focusout']) el.addEventListener(name, (event) => light(event, false));
}
