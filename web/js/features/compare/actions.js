// @ts-check
// What to compare, the shipped table beside it, and the people under a line's model.

import { assetSets, fetchReference } from '../../engine/assets.js';
import { forgetOf } from '../../engine/forget-spec.js';
import { errorInfo } from '../../platform/errors.js';

/** @typedef {import('../../types.d.ts').State} State */

/** @param {import('../../app/actions.js').Context} context */
export function compareActions({ store, api }) {
  const { state } = store;
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
    /** A person's rows with the answers of the last run. @param {number} user */
    rowsOf: (user) => api.user(user),
  };
}
