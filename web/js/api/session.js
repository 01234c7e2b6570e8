// @ts-check
// What goes on now: the run, comparison or load in progress, of which there is one at a time, and the engine that holds the last result.

import { LabError } from '../platform/errors.js';

/** @typedef {import('../engine/host.js').EngineHost} EngineHost */
/** @typedef {import('../types.d.ts').Control} Control */
/** @typedef {import('../types.d.ts').DeviceKind} DeviceKind */
/** @typedef {import('../types.d.ts').Loaded} Loaded */

/** @param {string} what */
const busy = (what) => new LabError({ code: 'busy', message: `${what} is in progress`, kept: 'It goes on.', todo: 'Wait for it, or cancel it first.' });

export class Session {
  /**
   * @param {EngineHost} engine
   * @param {Promise<Loaded>} ready resolves when the first model is loaded
   * @param {import('../app/event-types.d.ts').Dispatch} dispatch
   */
  constructor(engine, ready, dispatch) {
    this.engine = engine;
    this.ready = ready;
    this.dispatch = dispatch;
    /** Engine of the command in progress. @type {DeviceKind | null} */
    this.running = null;
    /** Whether what is about to begin was cancelled before an engine had it. */
    this.cancelled = false;
    /** Engine that holds the last result. @type {DeviceKind | null} */
    this.holder = null;
    /** The comparison in progress, and whether it is to end. @type {{stopped: boolean} | null} */
    this.comparison = null;
  }

  /** What is loaded now. @returns {Promise<Loaded>} */
  async loaded() {
    return this.engine.loaded?.() ?? this.ready;
  }

  /** The engine to be asked about the last result. @returns {DeviceKind} */
  reader() {
    return this.holder ?? this.engine.would('auto');
  }

  requireNoRun() {
    if (this.running) throw busy('a run');
  }

  requireNoComparison() {
    if (this.comparison) throw busy('a comparison');
  }

  requireIdle() {
    this.requireNoComparison();
    this.requireNoRun();
  }

  /** Ends what is in progress. Without a run nothing happens. */
  cancel() {
    if (this.comparison) this.comparison.stopped = true;
    this.cancelled = true;
    if (this.running) this.engine.control(this.running, 'cancel');
  }

  /** @param {Control} control */
  control(control) {
    if (this.running) this.engine.control(this.running, control);
  }
}
