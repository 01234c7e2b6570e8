// @ts-check
// What own files are read as, before a model is trained on them: their first rows, what was assumed, how to change it, and what stands in the way.

import { count, plural } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { TextField } from '../../ui/widgets.js';
import { msg, sentence, t } from '../../ui/words.js';
import { Columns } from './columns.js';
import { columnsOf, DATE_ORDERS, FIRST_LINES, numberOf, ROLES, rolesAfter, SEPARATORS, withLayout, ZEROS } from './reading.js';

/** @typedef {import('../../types.d.ts').Look} Look */
/** @typedef {import('../../types.d.ts').ReadSpec} ReadSpec */
/** @typedef {import('../../types.d.ts').Role} Role */
/** @typedef {NonNullable<ReadSpec['separator']>} Separator */
/** @typedef {NonNullable<ReadSpec['dates']>} DateOrder */

/** While it is not known whether day or month comes first. @type {['', string]} */
const UNKNOWN = ['', msg('day or month first?')];

/**
 * A choice of how files are read.
 * @param {{label: string, value: string, options: [value: string, label: string][], disabled: boolean, onChange: (value: any) => void}} props
 */
const Choice = ({ label, value, options, disabled, onChange }) =>
  h(
    'label',
    { class: 'reading' },
    h('span', null, label),
    h(
      'select',
      { class: 'select', value, disabled, onChange: (/** @type {Event} */ event) => onChange(/** @type {HTMLSelectElement} */ (event.currentTarget).value) },
      options.map(([one, text]) => h('option', { key: one, value: one }, t(text))),
    ),
  );

/**
 * @param {{label: string, value: number | null | undefined, disabled: boolean, onChange: (value: number) => void}} props
 */
const NumberChoice = ({ label, value, disabled, onChange }) =>
  h(
    'label',
    { class: 'reading' },
    h('span', null, label),
    h(TextField, {
      value: value == null ? '' : String(value),
      attributes: { inputmode: 'decimal', disabled },
      onCommit(text) {
        const number = numberOf(text);
        if (number !== null) onChange(number);
      },
    }),
  );

/** What stands in the way, with its place. @param {{problem: NonNullable<Look['problem']>}} props */
export const ProblemBox = ({ problem }) => {
  const fact = (/** @type {string} */ term, /** @type {string | number} */ value) => [h('dt', { key: term }, term), h('dd', { key: `${term} ` }, value)];
  return h(
    'div',
    { class: 'trouble', role: 'alert' },
    h('b', null, sentence(quoted(problem.rule))),
    h(
      'dl',
      { class: 'place' },
      problem.file && fact(t('File'), problem.file),
      problem.line > 0 && fact(t('Line'), count(problem.line)),
      problem.column && fact(t('Column'), problem.column.replace(/^column `?|`$/g, '')),
      problem.value && fact(t('Value'), problem.value),
    ),
    h('span', null, t('Mend the file and choose it again, or change below how it is read.')),
  );
};

/**
 * @param {{look: Look, read: ReadSpec, roles: (Role | null)[] | null, disabled: boolean, onRead: (read: ReadSpec) => void, onRoles: (roles: (Role | null)[]) => void}} props
 *   `read`: what the person said; `roles`: of the columns, where a person's choice is not whole yet
 */
export function Preview({ look, read, roles, disabled, onRead, onRoles }) {
  const shown = roles ?? look.columns.map((column) => column.role ?? null);
  const { missing } = columnsOf(shown);
  const set = (/** @type {Partial<ReadSpec>} */ change) => onRead({ ...read, ...change });
  const spec = look.spec;
  const isTable = look.rows.length > 0;
  const changeRole = (/** @type {number} */ column, /** @type {Role | null} */ role) => {
    const next = rolesAfter(shown, column, role);
    const { columns } = columnsOf(next);
    onRoles(next);
    if (columns) set({ columns });
  };
  const needsOrder = spec.dates != null || /day or month/.test(look.problem?.rule ?? '');
  return h(
    'div',
    { class: 'own-look' },
    look.problem ? h(ProblemBox, { problem: look.problem }) : h('p', { role: 'status' }, h('b', null, t('{ratings} of {items} by {people}.', { ratings: plural(look.n_ratings, 'rating'), items: plural(look.n_items, 'item'), people: plural(look.n_users, 'person', 'people') }))),
    missing.length > 0 && isTable && h('p', { class: 'note', role: 'status' }, t('Say which column is the {missing}.', { missing: missing.map((role) => t(ROLES.find(([id]) => id === role)?.[1] ?? role).toLowerCase()).join(t(', which the ')) })),
    isTable && h(Columns, { look, roles: shown, disabled, onRole: changeRole }),
    look.assumed.length > 0 && h('details', { class: 'assumed', open: true }, h('summary', null, t('What was assumed')), h('ul', null, look.assumed.map((one) => h('li', { key: one.text }, sentence(quoted(one.text)))))),
    isTable &&
      h(
        'div',
        { class: 'readings' },
        h(NumberChoice, { label: t('Liked is what is rated above'), value: spec.threshold ?? 3, disabled, onChange: (threshold) => set({ threshold }) }),
        spec.highest != null && h(NumberChoice, { label: t('Highest rating'), value: spec.highest, disabled, onChange: (highest) => onRead({ ...withoutThreshold(read), highest }) }),
        h(Choice, { label: t('Between fields'), value: spec.separator ?? 'comma', options: SEPARATORS, disabled, onChange: (/** @type {Separator} */ separator) => onRead(withLayout(read, { separator })) }),
        h(Choice, { label: t('The first line'), value: spec.header ? 'names' : 'row', options: FIRST_LINES, disabled, onChange: (/** @type {string} */ first) => onRead(withLayout(read, { header: first === 'names' })) }),
        needsOrder && h(Choice, { label: t('Dates have'), value: spec.dates ?? '', options: [...(spec.dates ? [] : [UNKNOWN]), ...DATE_ORDERS], disabled, onChange: (/** @type {DateOrder | ''} */ dates) => dates && set({ dates }) }),
        spec.zero_is_rating != null && h(Choice, { label: t('A rating of 0 is'), value: spec.zero_is_rating ? 'rating' : 'none', options: ZEROS, disabled, onChange: (/** @type {string} */ zero) => set({ zero_is_rating: zero === 'rating' }) }),
      ),
  );
}

/** The engine's quotes as the page has them. @param {string} text */
const quoted = (text) => text.replace(/`([^`]*)`/g, '“$1”');

/** What was said without the threshold, which belongs to a scale. @param {ReadSpec} read @returns {ReadSpec} */
function withoutThreshold({ threshold, ...read }) {
  return read;
}
