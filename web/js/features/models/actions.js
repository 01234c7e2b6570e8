// @ts-check
// Models are listed, put to use, downloaded, imported and deleted; what goes wrong is told in its place.

import { rememberInAddress } from '../../app/address.js';
import { errorInfo } from '../../platform/errors.js';
import { bytes } from '../../ui/format.js';
import { t } from '../../ui/words.js';

/** @param {import('../../app/actions.js').Context} context */
export function modelActions({ store, api, ask, mayReplace }) {
  const { state } = store;

  /** Whether to go on with what cannot be undone. @param {'use' | 'download' | 'pause' | 'cancel' | 'delete'} what @param {string} name */
  async function confirmed(what, name) {
    const entry = state.models.list.find((one) => one.name === name);
    if (what === 'use') return mayReplace(t('Use {name}', { name }), t('Use it'));
    if (what === 'delete') return ask({ title: t('Delete {name}?', { name }), text: t('{have} on this device become free. {source}', { have: bytes(entry?.have), source: entry?.source === 'own' ? t('It was made here: to have it back, it must be made again.') : t('To have it back, it must be downloaded again.') }), yes: t('Delete') });
    const have = entry?.have ?? 0;
    if (what === 'cancel' && have > 0 && entry?.state === 'partial') return ask({ title: t('Delete what there is of {name}?', { name }), text: t('{have} were downloaded already. “Pause” keeps them.', { have: bytes(have) }), yes: t('Delete') });
    return true;
  }

  /** Work on one model. @param {'use' | 'download' | 'pause' | 'cancel' | 'delete'} what @param {string} name */
  async function model(what, name) {
    if (!(await confirmed(what, name))) return;
    store.patch('models', { error: null, notice: '' });
    try {
      if (what === 'use') {
        await api.useModel(name);
        const entry = state.models.list.find((one) => one.name === name);
        rememberInAddress({ data: state.data.key, model: entry?.state === 'built-in' ? null : name });
      }
      if (what === 'download') await api.downloadModel(name);
      if (what === 'pause') await api.pauseModel(name);
      if (what === 'cancel') await api.cancelModel(name);
      if (what === 'delete') store.patch('models', { notice: t('{name} was deleted: {freed} are free again.', { name, freed: bytes((await api.deleteModel(name)).freed) }) });
    } catch (error) {
      const info = errorInfo(error);
      // A download tells its own error beside its bar.
      if (info.code !== 'cancelled' && !state.models.jobs[name]?.error) store.patch('models', { error: info });
    }
  }

  return {
    model,
    /** Looks what models there are. */
    async listModels() {
      store.patch('models', { status: 'busy', error: null });
      await api.models().catch((error) => store.patch('models', { status: 'error', error: errorInfo(error) }));
    },
    /** Takes up the model that the address names, if it is stored here: none is downloaded by itself. @param {string} name */
    async useStoredModel(name) {
      const entries = await api.models().catch(() => []);
      if (entries.some((one) => one.name === name && one.state === 'stored')) await model('use', name);
    },
    /** @param {File[]} files @param {import('./catalog.js').ImportOptions} options */
    async importModel(files, options) {
      store.patch('models', { error: null, notice: '' });
      try {
        const { name } = await api.importModel(files, options);
        store.patch('models', { notice: t('{name} is stored on this device. Press “Use” to forget with it.', { name }) });
      } catch (error) {
        const info = errorInfo(error);
        if (info.code !== 'cancelled') store.patch('models', { error: info });
      }
    },
  };
}
