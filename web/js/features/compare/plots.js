// @ts-check
// Two plots of the comparison: the map, and distance from Retrain as bars. The table is beside them.

import { figure } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { said, t } from '../../ui/words.js';
import { UtilityMap } from './map.js';

/** @typedef {import('./plot-layout.js').Noise} Noise */
/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../types.d.ts').CompareState} CompareState */
/** @typedef {import('../../types.d.ts').Divergence} Divergence */

const Distances = memo(
  /** @param {{lines: Line[], floor: Divergence | null}} props */
  ({ lines, floor }) => {
    const roving = useRoving('li[data-key]');
    const valueOf = (/** @type {Line} */ line) => line.figures.jsd?.mean ?? 0;
    const known = lines.filter((line) => line.id !== 'retrain' && line.figures.jsd).toSorted((a, b) => valueOf(a) - valueOf(b));
    const most = Math.max(1e-9, floor?.jsd ?? 0, ...known.map(valueOf)) * 1.04;
    return h(
      'figure',
      { class: 'card chart' },
      h('figcaption', { class: 'head' }, h('div', null, h('h3', null, t('Distance from Retrain')), h('p', null, t('Jensen–Shannon divergence on the forget set: shorter is closer to never having seen it.')))),
      h(
        'ul',
        { class: 'bars', ...roving },
        known.map((line) =>
          h(
            'li',
            { key: line.key, 'data-key': line.key, class: line.origin === 'this device' ? '' : 'there' },
            h('span', { class: 'name' }, said(line.label), line.preset && h('small', null, said(line.preset)), line.from && h('small', null, t('elsewhere, {file}', { file: line.from.file }))),
            h('span', { class: 'track' }, h('i', { class: line.id, style: { width: `${(valueOf(line) / most) * 100}%` } }), floor && h('b', { class: 'at', style: { left: `${(floor.jsd / most) * 100}%` } })),
            h('span', { class: 'v' }, figure(line.figures.jsd?.mean)),
          ),
        ),
        known.length === 0 && h('li', { class: 'none' }, t('Drawn when a row is compared with a Retrain.')),
      ),
      floor && known.length > 0 && h('p', { class: 'small muted' }, h('span', { class: 'mark line' }), t('The floor, {jsd}: two Retrains of different seed are that far apart.', { jsd: figure(floor.jsd) })),
    );
  },
);

/**
 * @param {{all: Line[], lines: Line[], methods: import('../../types.d.ts').MethodEntry[], compare: CompareState, floor: (Divergence & {auc_distance?: number | null}) | null, baseline: number | null, noise: Noise | null, actions: import('../../app/actions.js').Actions}} props
 *   `all` lines, and those of the family in view
 */
export const Plots = ({ all, lines, methods, compare, floor, baseline, noise, actions }) =>
  h('div', { class: 'pair plots' }, h(UtilityMap, { lines: all, methods, family: compare.family, open: compare.open, baseline, noise, apart: floor?.auc_distance ?? null, actions }), h(Distances, { lines, floor }));
