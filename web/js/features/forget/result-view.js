// @ts-check
// Step 4: the result in words, then its parts.

import { keyInView, originalInView, retrainInView, subjectOf, whyNot } from '../../app/selectors.js';
import { wordsFor } from '../../engine/datasets.js';
import { forgetOf, keyOf } from '../../engine/forget-spec.js';
import { outcomeOf, rowOf } from '../../engine/report.js';
import { duration } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { save } from '../../ui/save.js';
import { Explained, marker } from '../../ui/term.js';
import { Button, ErrorBox, Reason, SubjectLine } from '../../ui/widgets.js';
import { msg, t, tn } from '../../ui/words.js';
import { AnswerDistribution } from './answer-distribution.js';
import { Recommendations } from './recommendations.js';
import { ResultTable } from './result-table.js';
import { timeText, verdictText } from './verdict.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').State} State */

const LIMITS = [
  msg('The weights of the model itself never change: unlearning lives in a small adapter beside them. Whoever drops the adapter has the original back. To hand on a model that has forgotten, store it merged (above) and delete the original.'),
  msg('Measured here: answers on the forget set, the test set and the validation set. What an attacker may still get out of it is tried in the tab “Attacks”; attacks that nobody has thought of are not.'),
  msg('Histories are kept: a forgotten single rating may still stand in the history of another row that stays, and a person’s own history stands in their own prompt when the page shows their list. What is forgotten is what the model learned, not what it is shown.'),
  msg('An estimate is not a Retrain: other models, trained on fewer people, answer for the one that is not trained.'),
  msg('Live figures come from at most 2,000 rows each; those of the table from all rows.'),
];

/** What the line of letters below the buttons is. */
const ADAPTER_HASH = { term: 'sha256', says: msg('The fingerprint of adapter_model.safetensors: the same request with the same seed has the same one.') };

/** @param {Report} report */
const fileStem = (report) => `unlearn-${report.request?.method ?? 'report'}-${keyOf(report.request?.forget).replace(/[^a-z0-9]+/gi, '-').slice(0, 40)}`;

/** A Retrain to measure against, where there is none. @param {{report: Report, seconds: number | null | undefined, trained: boolean, why: string, actions: Actions}} props */
const RetrainOffer = ({ report, seconds, trained, why, actions }) =>
  h(
    'div',
    { class: 'offer' },
    h('p', null, trained ? t('Retrain for this choice is now at hand: run once more to measure against it.') : t('There is no model that never saw these ratings to compare with, so {expected} is shown. It can be trained here.', { expected: report.proxy.expected == null ? t('a proxy') : t('an estimate') })),
    trained
      ? h(Button, { label: t('Run again'), kind: 'slim', glyph: 'play', why, reason: 'why-result', onClick: () => void actions.start() })
      : h(Button, { label: t('Train Retrain here{more}', { more: seconds == null ? '' : t(' (about {seconds})', { seconds: duration(seconds) }) }), kind: 'slim', glyph: 'play', why, reason: 'why-result', onClick: () => void actions.trainRetrain() }),
    h(Reason, { id: 'why-result', text: why }),
  );

const Verdict = memo(
  /** @param {{result: State['result'], retrainSeconds: number | null | undefined, running: boolean, why: string, trained: boolean, stale: boolean, findings: State['attacks']['findings'], actions: Actions}} props */
  ({ result, retrainSeconds, running, why, trained, stale, findings, actions }) => {
    const { report, notice } = result;
    if (!report) {
      const text = running ? t('The result will be told here as soon as the run ends.') : t('Press Start. What was forgotten, and what it cost, will be told here.');
      return h('div', { class: 'card verdict', 'aria-live': 'polite' }, h('p', { class: 'headline waiting' }, text), h(ErrorBox, { error: notice }));
    }
    const said = verdictText(report, result.label, Object.values(findings));
    const marked = marker();
    return h(
      'div',
      { class: `card verdict ${said.verdict}`, 'aria-live': 'polite' },
      h('p', { class: 'headline' }, said.headline),
      said.lines.map((line) => h('p', null, marked(line))),
      h('p', { class: 'small' }, timeText(report, result.elapsed)),
      !rowOf(report, 'retrain') && !stale && h(RetrainOffer, { report, seconds: retrainSeconds, trained, why, actions }),
      h(ErrorBox, { error: notice }),
    );
  },
);

/** What of a run can be taken along. */
const Downloads = memo(
  /** @param {{result: State['result'], whyNoFiles: string, whyNoAdapter: string, whyNoMerge: string, actions: Actions}} props */
  ({ result, whyNoFiles, whyNoAdapter, whyNoMerge, actions }) => {
    const { report, merged } = result;
    const saveReport = () => {
      if (!report) return;
      save(`${fileStem(report)}.json`, `${JSON.stringify(report, null, 2)}\n`, 'application/json');
      actions.resultSaved();
    };
    const saveRecord = async () => {
      for (const file of await actions.record()) if (report) save(`${fileStem(report)}-${file.name}`, new Uint8Array(file.bytes), file.name.endsWith('.html') ? 'text/html' : 'application/json');
      actions.resultSaved();
    };
    const saveAdapter = async () => {
      for (const file of await actions.adapter()) save(file.name, new Uint8Array(file.bytes), 'application/octet-stream');
      actions.resultSaved();
    };
    return h(
      'section',
      { class: 'card keep', 'aria-label': t('Downloads') },
      h('div', { class: 'head' }, h('h3', null, t('Take it with you')), h('p', null, report ? t('Of the run on {label}. ', { label: result.label }) : '', marker()(t('The forgetting report is for your files: what was asked, method, figures and limits, as JSON and as a page to print; it names the data by hashes only. The JSON report is the same that the command line prints. The adapter has PEFT’s layout and names. The merged model is kept on this device, under “Models”, with eight bits a number.')))),
      h(
        'div',
        { class: 'buttons' },
        h(Button, { label: t('Report (JSON)'), glyph: 'down', why: report ? '' : t('This appears after a run.'), reason: 'why-files', onClick: saveReport }),
        h(Button, { label: t('Forgetting report'), glyph: 'down', why: whyNoFiles, reason: 'why-files', onClick: () => void saveRecord() }),
        h(Button, { label: t('Adapter (2 files)'), glyph: 'down', why: whyNoAdapter, reason: 'why-files', onClick: () => void saveAdapter() }),
        h(Button, { label: merged === '' ? t('Merging…') : t('Store the merged model'), glyph: 'down', why: whyNoMerge, reason: whyNoFiles === '' ? 'why-merge' : 'why-files', onClick: () => void actions.merge() }),
      ),
      report?.adapter_sha256 ? h('p', { class: 'hash' }, h(Explained, { about: ADAPTER_HASH }), ` ${report.adapter_sha256}`) : null,
      h(Reason, { id: 'why-files', text: whyNoFiles }),
      h(Reason, { id: 'why-merge', text: whyNoFiles === '' && merged === null ? whyNoMerge : '' }),
      merged && h('p', { class: 'small', role: 'status' }, tn('Stored on this device as {name}: use it under “Models”, as the start of the next request or to measure what rounding brought back.', { name: h('strong', null, merged) })),
    );
  },
);

const Limits = memo(() => {
  const marked = marker();
  return h('section', { class: 'card limits' }, h('h3', null, t('What this does and does not show')), h('ul', null, LIMITS.map((line) => h('li', null, marked(line)))));
});

/** Whose figures the result shows. @param {State} state */
const subjectOfResult = (state) => (state.result.report ? subjectOf({ ...state, run: { ...state.run, status: 'idle' } }, wordsFor(state.loaded).items) : null);

/** @param {{state: State, actions: Actions, onPart: (part: State['view']['histogram']) => void}} props */
function Result({ state, actions, onPart }) {
  const { result, run, retrains, loaded, view } = state;
  const { report } = result;
  const running = run.status === 'running';
  const key = keyOf(report?.request?.forget);
  const standard = keyInView(state) === 'standard';
  const original = originalInView(state);
  const fits = report && original && report.methods.includes(original);
  return [
    h(SubjectLine, { subject: subjectOfResult(state) }),
    h(Verdict, { result, retrainSeconds: state.selection.value?.retrain_seconds, running, why: whyNot(state, 'retrain'), trained: Boolean(retrains[key]), stale: result.kept !== null || key !== keyOf(forgetOf(state.choice)), findings: state.attacks.findings, actions }),
    // The engine has another model by now, or none: its lists are not of this run.
    !result.kept && h(Recommendations, { loaded, recommendations: state.recommendations, why: whyNot(state, 'ask'), actions }),
    h(ResultTable, { report, loaded, standard, floor: report ? report.floor ?? null : standard ? loaded?.floor ?? null : null }),
    h(
      'div',
      { class: 'pair' },
      h(AnswerDistribution, { original, retrain: original ? retrainInView(state) : null, outcome: fits ? outcomeOf(report) : null, part: view.histogram, onPart, wanted: run.status !== 'idle', scheme: view.scheme }),
      h('div', { class: 'stack' }, h(Downloads, { result, whyNoFiles: whyNot(state, 'save'), whyNoAdapter: whyNot(state, 'adapter'), whyNoMerge: whyNot(state, 'merge'), actions }), h(Limits, {})),
    ),
  ];
}

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export function mountResult(host, actions) {
  const onPart = (/** @type {State['view']['histogram']} */ histogram) => actions.view({ histogram });
  return (state) => {
    render(h(Result, { state, actions, onPart }), host);
    host.classList.toggle('stale', Boolean(subjectOfResult(state)?.stale));
    host.hidden = state.boot.status === 'error';
  };
}
