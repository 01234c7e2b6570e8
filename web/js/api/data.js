// @ts-check
// `load` and `train`: other data and their model in the place of those in use.

import { assetSets } from '../engine/assets.js';
import { OWN } from '../engine/datasets.js';
import { shown } from '../platform/errors.js';
import { abortable } from './abort.js';
import { DEVICES, invalidOption, isFiles, requireInteger, requireObject } from './validate.js';

/** @typedef {import('./types.d.ts').TrainOptions} TrainOptions */
/** @typedef {import('../types.d.ts').Loaded} Loaded */

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
      /** Trains a model on files of one's own, on this device; it takes the shipped one's place. @param {TrainOptions} options @returns {Promise<Loaded>} */
      async train(options) {
        const { files, seed = 1, epochs = 1, folds = 0, device = 'auto', onEvent, signal } = requireObject(options);
        if (!isFiles(files) || !files.every((file) => file.bytes instanceof Uint8Array)) throw invalidOption('files must be a list of {name, bytes}');
        requireInteger('seed', seed, 0);
        requireInteger('epochs', epochs, 1);
        requireInteger('folds', folds, 0);
        if (folds === 1 || folds > 20) throw invalidOption(`folds must be 0, or 2 to 20, got \`${shown(folds)}\``);
        if (!DEVICES.includes(device)) throw invalidOption(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
        return abortable(signal, () => session.cancel(), () =>
          replace(OWN, async () => {
            const kind = (session.running = await engine.openFor(device));
            return engine.train({ files, seed, epochs, folds }, kind, (event) => {
              dispatch({ type: 'data.training', event });
              onEvent?.(event);
            });
          }),
        );
      },
    },
  };
}
