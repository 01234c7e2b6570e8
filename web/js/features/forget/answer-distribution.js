// @ts-check
// How the answers on the forget set are distributed, before and after.

import { useMemo } from 'preact/hooks';
import { Chart } from '../../ui/charts.js';
import { percent } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { shares } from '../../ui/series.js';
import { marker } from '../../ui/term.js';
import { DataTable, Segmented } from '../../ui/widgets.js';
import { language, msg, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../../types.d.ts').State['view']['histogram']} Part */

const WHAT = msg('Drawn after a run: how sure the model is that the person likes it, on what must go.');
/** @type {{value: Part, label: string}[]} */
const PARTS = [
  { value: 'all', label: msg('All') },
  { value: 'liked', label: msg('Liked') },
  { value: 'disliked', label: msg('Not liked') },
];

export const AnswerDistribution = memo(
  /** @param {{original: MethodFigures | null, retrain: MethodFigures | null, outcome: MethodFigures | null, part: Part, onPart: (part: Part) => void, wanted: boolean, scheme: number}} props */
  ({ original, retrain, outcome, part, onPart, wanted, scheme }) => {
    const lines = useMemo(() => {
      const models = /** @type {const} */ ([[original, t('Original'), '--original'], [retrain, t('Retrain'), '--retrain'], [outcome, t('Unlearned'), '--unlearned']]);
      return models.flatMap(([row, label, color]) => (row && row.histogram.liked.length > 0 ? [{ id: label, label, color, dash: label === 'Retrain', filled: label !== 'Retrain', values: shares(row.histogram, part) }] : []));
    }, [original, retrain, outcome, part, language()]);
    const content = useMemo(() => {
      const n = lines[0]?.values.length ?? 0;
      // The last bin ends where a further one would begin.
      return { x: n === 0 ? [] : Array.from({ length: n + 1 }, (_, idx) => idx / n), lines: lines.map((line) => ({ ...line, values: [...line.values, line.values.at(-1) ?? null] })) };
    }, [lines, language()]);
    const read = () => ({
      head: ['p(Yes)', ...lines.map((line) => line.label)],
      rows: (lines[0]?.values ?? []).map((_, idx, all) => [`${percent(idx / all.length)} – ${percent((idx + 1) / all.length)}`, ...lines.map((line) => percent(line.values[idx], 1))]),
    });
    return h(
      'figure',
      { class: 'card chart spread' },
      h(
        'figcaption',
        { class: 'head' },
        h('div', null, h('h3', null, t('How sure it is about what must go')), h('p', null, marker()(t('Share of answers on the forget set by p(Yes), the model’s belief that the person likes it. “Liked” is above 3 stars.')))),
        h(Segmented, { label: t('Which ratings'), slim: true, options: PARTS, value: part, onChange: onPart }),
      ),
      h(Chart, { label: t('Distribution of the probability of Yes on the forget set'), axis: 'share', empty: WHAT, format: (value) => percent(value), least: 0.02, floor: 0, content, wanted, scheme }),
      h(DataTable, { what: t('Share of forget-set answers by probability of Yes'), read }),
    );
  },
);
