// @ts-check
// The first rows of a table as they were read, with what each column is taken for, to be changed above it.

import { plural } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { t } from '../../ui/words.js';
import { ROLES } from './reading.js';

/** @typedef {import('../../types.d.ts').Look} Look */
/** @typedef {import('../../types.d.ts').Role} Role */

/**
 * @param {{name: string, role: Role | null, disabled: boolean, onChange: (role: Role | null) => void}} props
 */
const RoleSelect = ({ name, role, disabled, onChange }) =>
  h(
    'select',
    {
      class: 'select', 'aria-label': t('What {name} is', { name }), value: role ?? '', disabled,
      onChange: (/** @type {Event} */ event) => onChange(/** @type {Role} */ (/** @type {HTMLSelectElement} */ (event.currentTarget).value) || null),
    },
    h('option', { value: '' }, t('Not used')),
    ROLES.map(([value, label]) => h('option', { key: value, value }, t(label))),
  );

/**
 * @param {{look: Look, roles: (Role | null)[], disabled: boolean, onRole: ((column: number, role: Role | null) => void) | null}} props
 *   `onRole`: null where the columns cannot be changed
 */
export function Columns({ look, roles, disabled, onRole }) {
  const what = t('The first {rows} of {file}', { rows: plural(look.rows.length, 'row'), file: look.file });
  return h(
    'div',
    { class: 'scroll preview', tabindex: '0', role: 'region', 'aria-label': what },
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, what),
      h(
        'thead',
        null,
        h('tr', null, h('th', { scope: 'col' }, t('Line')), look.columns.map((column, at) => h('th', { key: at, scope: 'col' }, h('span', null, column.name)))),
        onRole && h('tr', null, h('td', null), look.columns.map((column, at) => h('td', { key: at }, h(RoleSelect, { name: column.name, role: roles[at] ?? null, disabled, onChange: (role) => onRole(at, role) })))),
      ),
      h(
        'tbody',
        null,
        look.rows.map((row) =>
          h('tr', { key: row.line }, h('th', { scope: 'row' }, row.line), look.columns.map((_, at) => h('td', { key: at, class: roles[at] ? 'used' : '' }, row.cells[at] ?? ''))),
        ),
      ),
    ),
  );
}
