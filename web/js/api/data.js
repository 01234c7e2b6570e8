// @ts-check
// `load`, `look` and `train`: other data and their model in the place of those in use.

import { assetSets } from '../engine/assets.js';
import { OWN } from '../engine/datasets.js';
import { LabError, shown } from '../platform/errors.js';
import { abortable } from './abort.js';
import { DEVICES, invalidOption, isFiles, requireInteger, requireObject } from './validate.js';

/** @typedef {import('./types.d.ts').TrainOptions} TrainOptions */
/** @typedef {import('../types.d.ts').KeptOwn} KeptOwn */
/** @typedef {import('../types.d.ts').Loaded} Loaded */

/** Where own files are kept; loaded when it is first needed. */
const store = () => import('../platform/own-files.js');
/** @param {any} files */
function requireFiles(files) {
  if (!isFiles(files) || !files.every((/** @type {any} */ file) => file.bytes instanceof Uint8Array)) throw invalidOption('files must be a list of {name, bytes}');
}

/** @param {import('./session.js').Session} session */
export function createData(session) {
  const { engine, dispatch } = session;

  /**
   * Puts another model in the present one's place.
   * @param {string} key of its data
   * @param {() => Promise<Loaded>} load
   */
  async function replace(key, load) {
    session.requireIdle();
    session.running = 'cpu';
    try {
      await session.ready.catch(() => {});
      dispatch({ type: 'data.loading', key });
      const loaded = await load();
      session.running = session.holder = null;
      dispatch({ type: 'data.loaded', loaded, key });
      return loaded;
    } catch (error) {
      session.running = null;
      dispatch({ type: 'data.failed', error });
      throw error;
    }
  }

  /** @param {Required<Pick<TrainOptions, 'files' | 'read' | 'seed' | 'epochs' | 'folds' | 'device'>>} what @param {Pick<TrainOptions, 'onEvent' | 'signal'>} options */
  const trainOn = ({ device, ...what }, { onEvent, signal }) =>
    abortable(signal, () => session.cancel(), () =>
      replace(OWN, async () => {
        const kind = (session.running = await engine.openFor(device));
        return engine.train(what, kind, (event) => {
          dispatch({ type: 'data.training', event });
          onEvent?.(event);
        });
      }),
    );

  /** @param {KeptOwn | null} kept @param {string} [why] */
  const tellKept = (kept, why = '') => dispatch({ type: 'data.kept', kept, why });

  return {
    replace,
    calls: {
      /** Loads another data set that is shipped with the page, and its model. @param {{data: string}} options @returns {Promise<Loaded>} */
      async load(options) {
        const { data } = requireObject(options);
        const sets = (await assetSets()).map((set) => set.key);
        if (!sets.includes(data)) throw invalidOption(`data must be one of ${sets.join(', ')}, got \`${shown(data)}\``);
        return replace(data, () => engine.change(data));
      },
      /** Looks at files of one's own before a model is trained on them: what they are read as, what was assumed, and what stands in the way. @param {import('./types.d.ts').LookOptions} options @returns {Promise<import('../types.d.ts').Look>} */
      async look(options) {
        const { files, read = {} } = requireObject(options);
        requireFiles(files);
        requireObject(read, 'read');
        return (await engine.send('cpu', { type: 'look', data: files, read }, 'look')).look;
      },
      /** What one person rated, read from an export or a list, and matched to the loaded data's items. @param {import('./types.d.ts').ShelfOptions} options @returns {Promise<import('../types.d.ts').ShelfReply>} */
      async shelf(options) {
        const { files, read = {} } = requireObject(options);
        requireFiles(files);
        requireObject(read, 'read');
        return engine.send(engine.would('auto'), { type: 'shelf', files, spec: read }, 'shelf');
      },
      /** Items of the loaded data by a part of their title, those with most ratings first. @param {{query: string, limit?: number}} options @returns {Promise<import('../types.d.ts').ItemSummary[]>} */
      async items(options) {
        const { query, limit = 20 } = requireObject(options);
        if (typeof query !== 'string') throw invalidOption(`query must be a text, got \`${shown(query)}\``);
        requireInteger('limit', limit, 1);
        return (await engine.send(engine.would('auto'), { type: 'items', query, limit }, 'items')).items;
      },
      /** Teaches the model one more person, on this device; the taught model takes its place. @param {import('./types.d.ts').TeachOptions} options @returns {Promise<Loaded>} */
      async teach(options) {
        const { person, spec = {}, device = 'auto', onEvent, signal } = requireObject(options);
        if (!Array.isArray(requireObject(person, 'person').ratings)) throw invalidOption('person must be {ratings: [{item, rating, time}]}');
        requireObject(spec, 'spec');
        if (!DEVICES.includes(device)) throw invalidOption(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
        return abortable(signal, () => session.cancel(), () =>
          replace(OWN, async () => {
            const kind = (session.running = await engine.openFor(device));
            return engine.teach({ person, spec }, kind, (event) => {
              dispatch({ type: 'data.training', event });
              onEvent?.(event);
            });
          }),
        );
      },
      /** Trains a model on files of one's own, on this device; it takes the shipped one's place. The files are kept on this device. @param {TrainOptions} options @returns {Promise<Loaded>} */
      async train(options) {
        const { files, read = {}, seed = 1, epochs = 1, folds = 0, device = 'auto' } = requireObject(options);
        requireFiles(files);
        requireObject(read, 'read');
        requireInteger('seed', seed, 0);
        requireInteger('epochs', epochs, 1);
        requireInteger('folds', folds, 0);
        if (folds === 1 || folds > 20) throw invalidOption(`folds must be 0, or 2 to 20, got \`${shown(folds)}\``);
        if (!DEVICES.includes(device)) throw invalidOption(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
        const began = performance.now();
        const loaded = await trainOn({ files, read, seed, epochs, folds, device }, options);
        const settings = { read, seed, epochs, folds, device: engine.would('auto') === 'gpu' ? /** @type {const} */ ('webgpu') : /** @type {const} */ ('cpu') };
        const about = { at: Date.now(), seconds: (performance.now() - began) / 1000, settings };
        const { deleteOwn, keepOwn, privateRoot, whyNotStored } = await store();
        // Else the browser may delete it when room gets scarce; it may say no, and some ask.
        void navigator.storage?.persist?.().catch(() => false);
        try {
          tellKept(await keepOwn(await privateRoot(), files, about));
        } catch (error) {
          await privateRoot().then(deleteOwn).catch(() => {});
          tellKept(null, whyNotStored(error));
        }
        return loaded;
      },
      /** The files of one's own that are kept on this device, and how a model was trained on them; null if none are. @returns {Promise<KeptOwn | null>} */
      async ownFiles() {
        const { findOwn, privateRoot } = await store();
        const kept = await privateRoot().then(findOwn, () => null);
        // Of a model in use it was told why its files are not kept.
        if (kept || !engine.ownsModel()) tellKept(kept);
        return kept;
      },
      /** Trains the model of the files that are kept here once more, with the same settings and seed: the same model. @param {Pick<TrainOptions, 'onEvent' | 'signal'>} [options] @returns {Promise<Loaded>} */
      async trainAgain(options = {}) {
        requireObject(options);
        session.requireIdle();
        const { privateRoot, readOwn } = await store();
        const read = await privateRoot().then(readOwn, () => null);
        if (!read) {
          tellKept(null);
          throw new LabError({ code: 'data', message: 'the files that were kept on this device are gone, or were changed', kept: 'What is loaded stays.', todo: 'Choose the files again.' });
        }
        const { settings } = read.kept;
        // Where its GPU is gone the processor does it: the same but for rounding.
        const gone = settings.device === 'webgpu' && ['absent', 'failed'].includes(engine.status().gpu.state);
        const loaded = await trainOn({ files: read.files, ...settings, device: gone ? 'cpu' : settings.device }, options);
        tellKept(read.kept);
        return loaded;
      },
      /** Deletes the files of one's own that are kept on this device; a model of them that is loaded stays until the tab is closed. @returns {Promise<{freed: number}>} bytes that became free */
      async deleteOwnFiles() {
        const { deleteOwn, privateRoot } = await store();
        const freed = await privateRoot().then(deleteOwn, () => 0);
        tellKept(null, 'you deleted it from this device');
        return { freed };
      },
    },
  };
}
