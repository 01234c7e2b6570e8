// @ts-check
// Models of this site and of this device: listed, downloaded, imported, put to use, merged, deleted.

import { assetSets } from '../engine/assets.js';
import { abortable } from './abort.js';
import { invalidOption, isFiles, requireName, requireObject } from './validate.js';

/** @typedef {import('./types.d.ts').ImportOptions} ImportOptions */
/** @typedef {import('./types.d.ts').Quantisation} Quantisation */
/** @typedef {import('./types.d.ts').WorkOptions} WorkOptions */
/** @typedef {import('../types.d.ts').Loaded} Loaded */
/** @typedef {import('../types.d.ts').ModelEntry} ModelEntry */

/**
 * @param {import('./session.js').Session} session
 * @param {(key: string, load: () => Promise<Loaded>) => Promise<Loaded>} replace
 * @param {() => Promise<{name: string, bytes: Uint8Array}[]>} adapter files of the last run's adapter
 */
export function createModels(session, replace, adapter) {
  const { engine, dispatch } = session;
  /** Loaded when it is first asked for. @type {Promise<import('../features/models/catalog.js').Catalog> | null} */
  let loading = null;
  /** Name of the model in use, for what may not wait. */
  let using = '';

  const catalog = async () => {
    loading ??= import('../features/models/catalog.js').then(({ createCatalog }) => createCatalog({ inUse: () => using, onChange: (patch) => dispatch({ type: 'models.changed', patch }) }));
    loading.catch(() => (loading = null));
    const made = await loading;
    await session.ready.catch(() => {});
    using = await engine.model().catch(() => '');
    return made;
  };

  return {
    /** Brings the list up to what is loaded now, if anybody has looked at it. */
    refresh() {
      if (loading) void catalog().then((made) => made.refresh(), () => {});
    },
    calls: {
      /** The models of this site and those stored on this device. @returns {Promise<ModelEntry[]>} */
      async models() {
        const entries = await (await catalog()).refresh();
        return entries.map((entry) => ({ ...entry, inUse: entry.name === using }));
      },
      /** Puts another model in the present one's place; one that is not stored yet is downloaded first. @param {string} name @param {WorkOptions} [options] @returns {Promise<Loaded>} */
      async useModel(name, options = {}) {
        const { onProgress, signal } = requireObject(options);
        session.requireIdle();
        const made = await catalog();
        const { set, source } = await abortable(signal, () => made.pause(name), () => made.source(requireName(name), onProgress));
        const sets = (await assetSets()).map((one) => one.key);
        if (set && !sets.includes(set)) throw invalidOption(`\`${name}\` was trained on \`${set}\`, which this site does not have`);
        const next = set ?? (await engine.dataset());
        dispatch({ type: 'models.changed', patch: { next: name } });
        try {
          return await replace(next, () => engine.change(next, source));
        } finally {
          dispatch({ type: 'models.changed', patch: { next: '' } });
        }
      },
      /** Stores a model of this site on this device; a download that was paused goes on. @param {string} name @param {WorkOptions} [options] */
      async downloadModel(name, options = {}) {
        const { onProgress, signal } = requireObject(options);
        const made = await catalog();
        return abortable(signal, () => made.pause(name), () => made.download(requireName(name), onProgress));
      },
      /** Pauses a download; what is there stays. @param {string} name */
      pauseModel: async (name) => (await catalog()).pause(requireName(name)),
      /** Ends a download or an import, and deletes what there is of it. @param {string} name */
      cancelModel: async (name) => (await catalog()).cancel(requireName(name)),
      /**
       * Makes a package of a published model on this device, and stores it.
       * @param {(File | {name: string, bytes: Uint8Array})[]} files a .gguf, or the files of a Hugging Face folder
       * @param {ImportOptions & {signal?: AbortSignal}} [options]
       * @returns {Promise<ModelEntry>}
       */
      async importModel(files, options = {}) {
        if (!isFiles(files)) throw invalidOption('files must be a list of `File`s or {name, bytes}');
        const { signal, ...rest } = requireObject(options);
        const made = await catalog();
        let name = '';
        return abortable(signal, () => void made.cancel(name), () => made.make(files, rest, (chosen) => (name = chosen)));
      },
      /** Deletes a stored model. @param {string} name @returns {Promise<{freed: number}>} bytes that became free */
      deleteModel: async (name) => ({ freed: await (await catalog()).remove(requireName(name)) }),
      /**
       * Stores the model with the last run's adapter in its weights, requantised; found under its name by `models()` and `useModel()`.
       * @param {{name?: string, quantisation?: Quantisation}} [options]
       * @returns {Promise<ModelEntry>}
       */
      async mergeModel(options = {}) {
        const { name, quantisation } = requireObject(options);
        session.requireIdle();
        const [last, base] = [await adapter(), await engine.package()];
        if (!base) throw invalidOption('the model must be a package, got one that was trained here: its adapter can be taken along alone');
        return (await catalog()).merge({ base, adapter: last, name, quantisation });
      },
    },
  };
}
