// @ts-check
// Step 4: the result in words, then its parts.

import { fill, h, memo, show } from '../dom.js';
import { duration, plural } from '../format.js';
import { wordsFor } from '../datasets.js';
import { forgetOf, keyOf, subjectOf } from '../request.js';
import { outcomeOf, rowOf, tell } from '../sentence.js';
import { button, save, subjectLine, troubleBox } from '../ui.js';
import { mountFigures } from './figures.js';
import { mountRecommend } from './recommend.js';
import { mountSpread } from './spread.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').Report} Report */
/** @typedef {import('../types.d.ts').State} State */

/** @param {Report} report */
const fileStem = (report) => `unlearn-${report.request?.method ?? 'report'}-${keyOf(report.request?.forget).replace(/[^a-z0-9]+/gi, '-').slice(0, 40)}`;

/** @param {HTMLElement} host @param {Actions} actions */
export function mountResult(host, actions) {
  const verdict = h('div', { class: 'card verdict', 'aria-live': 'polite' });
  const spread = mountSpread(actions);
  const recommend = mountRecommend(actions);
  const figures = mountFigures();
  const keep = h('section', { class: 'card keep', 'aria-label': 'Downloads' });
  const limits = h(
    'section',
    { class: 'card limits' },
    h('h3', {}, 'What this does and does not show'),
    h(
      'ul',
      {},
      h('li', {}, 'The weights of the model itself never change: unlearning lives in a small adapter beside them. Whoever drops the adapter has the original back. To hand on a model that has forgotten, store it merged (above) and delete the original.'),
      h('li', {}, 'Measured here: answers on the forget set, the test set and the validation set. What an attacker may still get out of it is tried in the tab “Attacks”; attacks that nobody has thought of are not.'),
      h('li', {}, 'Histories are kept: a forgotten single rating may still stand in the history of another row that stays, and a person’s own history stands in their own prompt when the page shows their list. What is forgotten is what the model learned, not what it is shown.'),
      h('li', {}, 'An estimate is not a Retrain: other models, trained on fewer people, answer for the one that is not trained.'),
      h('li', {}, 'Live figures come from at most 2,000 rows each; those of the table from all rows.'),
    ),
  );
  const subject = subjectLine(host);
  fill(host, subject.el, verdict, recommend.el, figures.el, h('div', { class: 'pair' }, spread.el, h('div', { class: 'stack' }, keep, limits)));

  const drawVerdict = memo((/** @type {State['result']} */ result, /** @type {State['selection']['value']} */ selection, /** @type {boolean} */ running, /** @type {boolean} */ trained, /** @type {boolean} */ stale, /** @type {State['attacks']['findings']} */ findings) => {
    const { report } = result;
    verdict.className = 'card verdict';
    if (!report) {
      const text = running ? 'The result will be told here as soon as the run ends.' : 'Press Start. What was forgotten, and what it cost, will be told here.';
      return fill(verdict, h('p', { class: 'headline waiting' }, text), result.notice && troubleBox(result.notice));
    }
    const told = tell(report, result.label, Object.values(findings).flatMap((finding) => finding ?? []));
    verdict.classList.add(told.verdict);
    const outcome = outcomeOf(report);
    const pace = outcome ? `It took ${duration(outcome.seconds)} and ${plural(outcome.steps, 'step')} on ${report.device}.` : '';
    const offer = !rowOf(report, 'retrain') && !stale
      ? h(
          'div',
          { class: 'offer' },
          h('p', {}, trained ? 'Retrain for this choice is now at hand: run once more to measure against it.' : `There is no model that never saw these ratings to compare with, so ${report.proxy.expected == null ? 'the old proxy' : 'an estimate'} is shown. It can be trained here.`),
          trained
            ? button('Run again', { kind: 'slim', glyph: 'play', onClick: () => void actions.start() })
            : button(`Train Retrain here${selection?.retrain_seconds == null ? '' : ` (about ${duration(selection.retrain_seconds)})`}`, { kind: 'slim', glyph: 'play', onClick: () => void actions.trainRetrain() }),
        )
      : null;
    offer?.querySelectorAll('button').forEach((one) => (one.disabled = running));
    return fill(verdict, h('p', { class: 'headline' }, told.headline), told.lines.map((line) => h('p', {}, line)), h('p', { class: 'small' }, pace), offer, result.notice && troubleBox(result.notice));
  });

  const drawKeep = memo((/** @type {State['result']} */ result, /** @type {boolean} */ running) => {
    const { report } = result;
    const files = async () => {
      for (const file of await actions.adapter()) save(file.name, new Uint8Array(file.bytes), 'application/octet-stream');
    };
    const record = async () => {
      for (const file of await actions.record()) save(`${fileStem(/** @type {Report} */ (report))}-${file.name}`, new Uint8Array(file.bytes), file.name.endsWith('.html') ? 'text/html' : 'application/json');
    };
    const recordButton = button('Forgetting report', { glyph: 'down', title: 'To be filed: what was asked, hashes of the data, method, figures, limits; sealed by its own hash, and as a page to be printed', onClick: () => void record() });
    recordButton.disabled = !report || result.lost || running;
    const reportButton = button('Report (JSON)', { glyph: 'down', onClick: () => report && save(`${fileStem(report)}.json`, `${JSON.stringify(report, null, 2)}\n`, 'application/json') });
    const adapterButton = button('Adapter (2 files)', { glyph: 'down', title: 'adapter_config.json and adapter_model.safetensors', onClick: () => void files() });
    reportButton.disabled = !report;
    adapterButton.disabled = !report || result.lost || running;
    const mergeButton = button(result.merged === '' ? 'Merging…' : 'Store the merged model', { glyph: 'down', title: 'The model with the adapter in its weights, eight bits a number, kept on this device under “Models”', onClick: () => void actions.merge() });
    mergeButton.disabled = adapterButton.disabled || result.merged !== null;
    fill(
      keep,
      h('div', { class: 'head' }, h('h3', {}, 'Take it with you'), h('p', {}, report ? `Of the run on ${result.label}. ` : '', 'The forgetting report is for your files: it names the data by hashes only. The JSON report is the same that the command line prints. The adapter has PEFT’s layout and names.')),
      h('div', { class: 'buttons' }, reportButton, recordButton, adapterButton, mergeButton),
      report?.adapter_sha256 ? h('p', { class: 'hash', title: 'sha256 of adapter_model.safetensors' }, `sha256 ${report.adapter_sha256}`) : h('p', { class: 'small muted' }, report ? '' : 'Both appear after a run.'),
      result.merged && h('p', { class: 'small', role: 'status' }, 'Stored on this device as ', h('strong', {}, result.merged), ': use it under “Models”, as the start of the next request or to measure what rounding brought back.'),
      result.lost && h('p', { class: 'small' }, 'The engine was started again since this run, so its adapter is gone. The report is still whole.'),
    );
  });

  return (/** @type {State} */ state) => {
    const { result, run, retrains } = state;
    const running = run.status === 'running';
    const key = keyOf(result.report?.request?.forget);
    subject.set(result.report ? subjectOf({ ...state, run: { ...run, status: 'idle' } }, wordsFor(state.loaded).items) : null);
    drawVerdict(result, state.selection.value, running, Boolean(retrains[key]), key !== keyOf(forgetOf(state.choice)), state.attacks.findings);
    spread.render(state);
    recommend.render(state);
    figures.render(state);
    drawKeep(result, running);
    show(host, state.boot.status !== 'error');
  };
}
