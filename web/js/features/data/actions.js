// @ts-check
// Which data: a shipped set, or files of one's own.

import { rememberInAddress } from '../../app/address.js';
import { assetSets } from '../../engine/assets.js';
import { DATASETS, OWN } from '../../engine/datasets.js';

/** @param {import('../../app/actions.js').Context} context */
export function dataActions({ store, api, mayReplace }) {
  const { state } = store;
  return {
    /** What this site has, for the switch of the data. @param {string} key of what is loaded */
    async offerData(key) {
      const sets = (await assetSets().catch(() => [])).flatMap(({ key: known, terms }) => {
        const set = DATASETS.find((one) => one.key === known);
        return set ? [{ key: known, label: set.label, licence: set.licence, terms }] : [];
      });
      store.patch('data', { sets, key });
    },
    /** Another shipped data set, or the panel for own files. @param {string} key */
    async chooseData(key) {
      store.patch('data', { own: key === OWN, error: null });
      if (key === OWN || key === state.data.key) return;
      const label = state.data.sets.find((set) => set.key === key)?.label ?? key;
      if (!(await mayReplace(`Load the ${label.toLowerCase()}`, `Load the ${label.toLowerCase()}`))) return;
      if (await api.load({ data: key }).catch(() => null)) rememberInAddress({ data: key, model: null });
    },
    /** @param {{name: string, bytes: Uint8Array}[]} files @param {number} epochs @param {number} folds */
    async trainOwn(files, epochs, folds) {
      if (!(await mayReplace('Train on your files', 'Train'))) return;
      await api.train({ files, epochs, folds, seed: 2, device: state.setup.device }).catch(() => {});
    },
  };
}
