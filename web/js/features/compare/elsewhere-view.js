// @ts-check
// Where files of runs made elsewhere are opened into the table, and which are.

import { useEffect, useState } from 'preact/hooks';
import { plural } from '../../ui/format.js';
import { DropZone } from '../../ui/drop-zone.js';
import { h, memo } from '../../ui/h.js';
import { Busy, Button, ErrorBox, useKeptFocus } from '../../ui/widgets.js';
import { said, t, tn } from '../../ui/words.js';
import { originText } from './elsewhere.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').CompareState} CompareState */
/** @typedef {import('../../types.d.ts').OpenedFile} OpenedFile */

/** A forget set's key in words that need no more than the key. @param {string} key */
const wordsOf = (key) => (key === 'standard' ? t('the paper’s 20 %') : key.replace(':', ' '));

/** How many of a file's rows are in view. @param {OpenedFile} file @param {string} forgetKey */
export function countText({ rows }, forgetKey) {
  const others = rows.filter((row) => row.forget_set !== forgetKey);
  const sets = [...new Set(others.map((row) => wordsOf(row.forget_set)))];
  const shown = sets.slice(0, 3).join('; ') + (sets.length > 3 ? t(' and {length} more', { length: sets.length - 3 }) : '');
  return t('{rows} of this forget set{more}.', { rows: plural(rows.length - others.length, 'row'), more: others.length > 0 ? t('; {length} of others ({shown}), in view when those are chosen', { length: others.length, shown }) : '' });
}

export const Elsewhere = memo(
  /** @param {{opened: CompareState['opened'], forgetKey: string, actions: Actions}} props */
  ({ opened: { files, busy, refused, notice }, forgetKey, actions }) => {
    const [open, setOpen] = useState(false);
    const group = useKeptFocus();
    // What was dropped on the table beside it is told here.
    useEffect(() => setOpen((now) => now || notice !== '' || refused.length > 0), [notice, refused]);
    return h(
      'details',
      { class: 'elsewhere data', open, ...group, onToggle: (/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open) },
      h('summary', null, files.length > 0 ? t('Runs made elsewhere: {files}', { files: plural(files.length, 'file') }) : t('Add runs made elsewhere')),
      h(
        DropZone,
        {
          about: t('runs made elsewhere'), accept: '.json,application/json', disabled: busy, onFiles: (chosen) => void actions.openElsewhere(chosen),
          after: [
            busy && h(Busy, { text: t('Reading') }),
            h('p', { class: 'small', role: 'status' }, notice),
            refused.map((error) => h(ErrorBox, { key: error.message, error })),
          ],
        },
        h('p', null, tn('Drop or choose the JSON of {compare} (result.json), of {forget}, or of this page on another device. It is read here and sent nowhere. Its rows stand beside yours, marked as made elsewhere; runs of other data or another model are refused.', { compare: h('code', null, 'unlearn compare'), forget: h('code', null, 'unlearn forget --json') })),
      ),
      files.length > 0 &&
        h(
          'ul',
          { class: 'opened' },
          files.map((file) =>
            h(
              'li',
              { key: file.id },
              h('div', null, h('b', null, file.name), h('p', { class: 'small muted' }, [...new Set(file.rows.map((row) => (row.from ? originText({ ...row.from, file: '' }) : '')))].filter(Boolean).join('; ')), h('p', { class: 'small' }, countText(file, forgetKey), ' ', file.notes.map(said).join(' '))),
              h(Button, { label: t('Remove'), kind: 'slim', about: { 'aria-label': t('Remove the rows of {name}', { name: file.name }) }, onClick: () => actions.closeElsewhere(file.id) }),
            ),
          ),
        ),
    );
  },
);

/**
 * Attributes of a part of the page onto which such files may be dropped.
 * @param {Actions} actions
 */
export const dropTarget = (actions) => {
  const hasFiles = (/** @type {DragEvent} */ event) => Boolean(event.dataTransfer?.types.includes('Files'));
  return {
    onDragover: (/** @type {DragEvent} */ event) => hasFiles(event) && event.preventDefault(),
    onDrop(/** @type {DragEvent} */ event) {
      // The zone within has taken it already.
      if (event.defaultPrevented || !hasFiles(event)) return;
      event.preventDefault();
      void actions.openElsewhere([...(event.dataTransfer?.files ?? [])]);
    },
  };
};
