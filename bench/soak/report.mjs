// @ts-check
// The soak's figures as Markdown and as a drawing.

import { QUANTITIES } from './plan.mjs';

/** @typedef {ReturnType<typeof import('./line.mjs').judge>} Verdict */
/** @typedef {import('./scenario.mjs').Point} Point */
/** @typedef {{name: string, unit: string, points: Point[], verdicts: Verdict[]}} Series */

/** @param {number} value @param {import('./plan.mjs').Unit} unit */
function amount(value, unit) {
  if (unit === '') return Number.isInteger(value) ? String(value) : value.toPrecision(2);
  const size = Math.abs(value);
  return size >= 1e6 ? `${(value / 1e6).toFixed(2)} MB` : size >= 1e3 ? `${(value / 1e3).toFixed(1)} kB` : `${Math.round(value) || 0} B`;
}

const table = (/** @type {string[]} */ head, /** @type {string[][]} */ rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** @param {Series} series */
function section({ name, unit, points, verdicts }) {
  const rows = verdicts.map(({ key, first, last, slope, half, bound, judgement }) => {
    const of = (/** @type {number} */ value) => amount(value, QUANTITIES[key].unit);
    return [QUANTITIES[key].label, of(first), of(last), `${of(slope)} ± ${of(half)}`, of(bound), judgement === 'grows' ? '**grows**' : judgement];
  });
  return `### ${name}\n\n${table(['what', 'first', 'last', `growth a ${unit}, 95 %`, 'bound', ''], rows)}\n\n${points.length} measurements.`;
}

/** @param {Series[]} all @param {{machine: string, date: string, done: string}} about */
export function markdown(all, { machine, date, done }) {
  return `# Soak: leaks over thousands of steps

Written by \`cargo xtask soak\` (\`bench/soak.mjs\`). The page in Chromium is put through ${done}, through its own script interface. Three short warm-up runs come before the first
measurement, and garbage is collected in the page and in every worker before each measurement. JavaScript is interpreted, so that code compiled by the browser in the meantime is not counted. **Growth** is the slope of a
straight line through the second half of the measurements, with its 95 % interval. **Flat** means that even the upper end of that interval is below the bound; **within noise** means that it is not, but that the interval also
includes zero growth. GPU objects are those that scripts and WebAssembly can still reach; the GPU is SwiftShader, so the GPU process holds its memory. WebAssembly memory never shrinks;
\`tests/rust/memory.rs\` checks natively, to the byte, that nothing in it is leaked.

Measured ${date} on: ${machine}.

![Memory over time](soak.svg)

${all.map(section).join('\n\n')}
`;
}

const DRAWN = ['page_heap', 'worker_heap', 'wasm', 'nodes', 'gpu_bytes', 'gpu_process'];
const [WIDE, HIGH, GAP] = [190, 90, 26];

/** Small charts, a row for each series; every scale begins at nothing. @param {Series[]} all */
export function drawing(all) {
  const parts = [];
  all.forEach(({ name, points }, row) => {
    const top = 20 + row * (HIGH + GAP + 22);
    parts.push(`<text x="0" y="${top}" font-weight="bold">${name}</text>`);
    DRAWN.filter((key) => points.some((point) => point[key] > 0)).forEach((key, column) => {
      const [left, base] = [column * (WIDE + GAP), top + 20 + HIGH];
      const most = 1.15 * Math.max(...points.map((point) => point[key]));
      const [from, to] = [points[0].at, /** @type {Point} */ (points.at(-1)).at];
      const at = (/** @type {Point} */ point) => `${(left + ((point.at - from) / (to - from)) * WIDE).toFixed(1)},${(base - (point[key] / most) * HIGH).toFixed(1)}`;
      const { label, unit } = QUANTITIES[key];
      parts.push(
        `<text x="${left}" y="${top + 15}">${label}: ${amount(/** @type {Point} */ (points.at(-1))[key], unit)}</text>`,
        `<path d="M${left} ${base}h${WIDE}" stroke="#999"/>`,
        `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="#26c" stroke-width="1.5"/>`,
      );
    });
  });
  const [width, height] = [DRAWN.length * (WIDE + GAP), 20 + all.length * (HIGH + GAP + 22)];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#333"><rect x="-8" width="${width}" height="${height}" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
}
