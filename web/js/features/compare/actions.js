// @ts-check
// What to compare, the shipped table beside it, and the people under a line's model.

import { assetSets, fetchReference } from '../../engine/assets.js';
import { forgetOf } from '../../engine/forget-spec.js';
import { errorInfo } from '../../platform/errors.js';
import { integrity } from '../../platform/integrity.js';
import { sha256 } from '../../platform/sha256.js';
import { METRICS } from '../../tables/metrics.js';
import { plural } from '../../ui/format.js';
import { t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').State} State */

/** The sha256 of a model's manifest, where this site has the model. @param {string} model */
const manifestOf = (model) => integrity().then(({ files }) => files[`models/${model}/manifest.json`]?.sha256 ?? null, () => null);

/** @param {import('../../app/actions.js').Context} context */
export function compareActions({ store, api }) {
  const { state } = store;
  const opened = (/** @type {Partial<State['compare']['opened']>} */ patch) => store.patch('compare', { opened: { ...state.compare.opened, ...patch } });
  /** Every row that the table has, of whatever forget set. @param {import('../../types.d.ts').Loaded} loaded @returns {import('../../types.d.ts').CompareRow[]} */
  const knownRows = ({ shipped }) => {
    const { rows, reference, opened: { files } } = state.compare;
    const ofPackage = shipped.map((row) => /** @type {import('../../types.d.ts').CompareRow} */ (/** @type {unknown} */ ({ ...row, forget_set: 'standard' })));
    return [...rows, ...(reference.value?.methods ?? []), ...ofPackage, ...files.flatMap((file) => file.rows)];
  };
  const failed = (/** @type {unknown} */ error) => store.patch('compare', { error: errorInfo(error) });
  return {
    /** @param {Partial<State['compare']>} patch */
    changeComparison: (patch) => store.patch('compare', patch),
    /** Looks for the shipped table of the loaded data. */
    async fetchReference() {
      const { key } = state.data;
      const put = (/** @type {State['compare']['reference']} */ reference) => state.data.key === key && store.patch('compare', { reference });
      put({ key, status: 'busy', value: null });
      try {
        const set = (await assetSets()).find((one) => one.key === key);
        const [{ readReference, isOf }, file] = await Promise.all([import('./reference.js'), set ? fetchReference(set) : null]);
        const value = readReference(file);
        const other = value && state.loaded && !isOf(value, state.loaded.data);
        put(other ? { key, status: 'other', value: null } : { key, status: value ? 'ready' : 'none', value });
      } catch {
        put({ key, status: 'failed', value: null });
      }
    },
    async compare() {
      const { compare, setup } = state;
      const forget = forgetOf(state.choice);
      if (!forget || !compare.picks) return;
      const seeds = Array.from({ length: compare.seeds }, (_, idx) => idx + 1);
      await api.compare({ methods: compare.picks, seeds, forget, steps: compare.steps ?? undefined, device: setup.device }).catch(failed);
    },
    /** One cell again, so that its model can be asked. @param {import('../../types.d.ts').Cell} cell @param {number | null} steps */
    async runCell(cell, steps) {
      const forget = forgetOf(state.choice);
      if (!forget) return;
      await api.run({ method: cell.method, params: cell.params, forget, seed: cell.seed, steps: steps ?? undefined, device: state.setup.device }).catch(failed);
    },
    /** Chooses a line, whose card then comes into view; null closes it. @param {string | null} key */
    openLine: (key) => store.patch('compare', { open: key }),
    /** What the address says of the table, as far as there is such. @param {Partial<import('../../app/address.js').Place>} place */
    viewComparison({ line, sort, family }) {
      const by = sort?.replace(/^-/, '') ?? '';
      const known = by === 'label' || METRICS.some((metric) => metric.id === by && metric.shown.includes('comparison'));
      store.patch('compare', {
        open: line ?? null,
        sort: known ? { by, descending: sort !== by } : null,
        family: state.loaded?.methods.find((entry) => entry.family === family)?.family ?? null,
      });
    },
    /** Opens files of runs made elsewhere into the table. @param {File[]} chosen */
    async openElsewhere(chosen) {
      const { loaded } = state;
      if (!loaded || chosen.length === 0 || state.compare.opened.busy) return;
      opened({ busy: true, refused: [], notice: '' });
      const [{ MOST_BYTES, readElsewhere, refusal }, manifest] = await Promise.all([import('./elsewhere.js'), manifestOf(loaded.model)]);
      /** @type {import('../../types.d.ts').OpenedFile[]} */
      const read = [];
      const refused = [];
      for (const file of chosen) {
        try {
          if (file.size > MOST_BYTES) throw refusal(`it has more than ${MOST_BYTES / 1e6} MB`);
          const bytes = new Uint8Array(await file.arrayBuffer());
          const known = [...knownRows(loaded), ...read.flatMap(({ rows }) => rows)];
          read.push(readElsewhere(new TextDecoder().decode(bytes), { id: (await sha256(bytes)).slice(0, 12), name: file.name }, { loaded, manifest, known }));
        } catch (error) {
          const info = errorInfo(error);
          refused.push({ ...info, message: `“${file.name}”: ${info.message}` });
        }
      }
      // Rows of data that went meanwhile are not put among those of others.
      if (state.loaded !== loaded) return;
      const n = read.reduce((sum, { rows }) => sum + rows.length, 0);
      opened({ busy: false, refused, files: [...state.compare.opened.files, ...read], notice: n > 0 ? (n === 1 ? t('{rows} from elsewhere is in the table.', { rows: plural(n, 'row') }) : t('{rows} from elsewhere are in the table.', { rows: plural(n, 'row') })) : '' });
    },
    /** Takes the rows of a file out of the table. @param {string} id */
    closeElsewhere(id) {
      const { files } = state.compare.opened;
      const gone = files.find((file) => file.id === id);
      opened({ files: files.filter((file) => file !== gone), refused: [], notice: gone ? t('The rows of {name} are out of the table.', { name: gone.name }) : '' });
    },
    /** A person's rows with the answers of the last run. @param {number} user */
    rowsOf: (user) => api.user(user),
  };
}
