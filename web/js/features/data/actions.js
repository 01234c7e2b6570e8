// @ts-check
// Which data: a shipped set, or files of one's own.

import { rememberInAddress } from '../../app/address.js';
import { whyNot } from '../../app/selectors.js';
import { assetSets } from '../../engine/assets.js';
import { DATASETS, OWN } from '../../engine/datasets.js';
import { errorInfo } from '../../platform/errors.js';
import { t } from '../../ui/words.js';

/** @param {import('../../app/actions.js').Context} context */
export function dataActions({ store, api, ask, mayReplace }) {
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
      if (!(await mayReplace(t('Load the {label}', { label: t(label).toLowerCase() }), t('Load the {label}', { label: t(label).toLowerCase() })))) return;
      if (await api.load({ data: key }).catch(() => null)) rememberInAddress({ data: key, model: null });
    },
    /** What own files are read as. @param {{name: string, bytes: Uint8Array}[]} files @param {import('../../types.d.ts').ReadSpec} read */
    lookAtOwn: (files, read) => api.look({ files, read }),
    /** @param {{name: string, bytes: Uint8Array}[]} files @param {import('../../types.d.ts').ReadSpec} read @param {number} epochs @param {number} folds */
    async trainOwn(files, read, epochs, folds) {
      const { kept, key } = state.data;
      if (kept && key !== OWN && !(await ask({ title: t('Train on these files?'), text: t('They take the place of the files that are kept on this device from before, which are deleted.'), yes: t('Train') }))) return;
      if (!(await mayReplace(t('Train on your files'), t('Train')))) return;
      await api.train({ files, read, epochs, folds, seed: 2, device: state.setup.device }).catch(() => {});
    },
    /** Looks whether files of one's own are kept on this device. */
    findOwn: () => api.ownFiles().catch(() => null),
    /** The model of the files that are kept here, made again. */
    async trainAgain() {
      if (whyNot(state, 'data') || !(await mayReplace(t('Use your own files'), t('Use them')))) return;
      await api.trainAgain().catch((error) => store.patch('data', { error: errorInfo(error) }));
    },
    /** Deletes the files that are kept here. */
    async deleteOwn() {
      const text = t('They are deleted from this device’s storage for this page; your own copies elsewhere are not touched.{more}', { more: state.data.key === OWN ? t(' The model that is loaded then goes with this tab.') : '' });
      if (await ask({ title: t('Delete your files from this device?'), text, yes: t('Delete') })) await api.deleteOwnFiles();
    },
  };
}
