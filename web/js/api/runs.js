// @ts-check
// Runs: one at a time, with checkpoints, carried on by another engine where one stops, and gone on with after the tab was closed.

import { cancelledRun, LabError, shown } from '../platform/errors.js';
import { abortable } from './abort.js';
import { DEVICES, invalidOption, requestOf, requireObject } from './validate.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./types.d.ts').EngineEvent} EngineEvent */
/** @typedef {import('./types.d.ts').RunOptions} RunOptions */
/** @typedef {import('../engine/checkpoints.js').CheckpointWriter} CheckpointWriter */
/** @typedef {import('../types.d.ts').DeviceWish} DeviceWish */
/** @typedef {import('../types.d.ts').InterruptedRun} InterruptedRun */
/** @typedef {import('../types.d.ts').LabEvent} LabEvent */
/** @typedef {import('../types.d.ts').Report} Report */
/** @typedef {import('../types.d.ts').RunInfo} RunInfo */
/** @typedef {import('../types.d.ts').RunRequest} RunRequest */
/** @typedef {import('../types.d.ts').SeenOfRun} SeenOfRun */
/** A run to go on with. @typedef {NonNullable<Awaited<ReturnType<typeof import('../engine/checkpoints.js').readRun>>> & {id: string, release: () => void}} StoredRun */

/** Steps between two checkpoints: a second or so of a small model's, and what is lost at most. */
const CHECKPOINT_EVERY = 20;

/** The name of a run as `interrupted` tells it; names become folders. @param {string} id */
function requireRunId(id) {
  if (typeof id !== 'string' || !/^[0-9-]{1,40}$/.test(id)) throw invalidOption(`run must be given by its id, got \`${shown(id)}\``);
}

/** @param {SeenOfRun} seen @param {LabEvent} event */
function remember(seen, event) {
  if (event.type === 'losses') seen.losses.push(...event.steps);
  if (event.type === 'eval') seen.evals.push({ step: event.step, test: event.test, forget: event.forget });
  if (event.type === 'progress') seen.total = event.phase === 'student' ? event.total : 0;
}

/** What was seen up to a step. @param {SeenOfRun} seen @param {number} step @returns {SeenOfRun} */
const seenUpTo = ({ losses, evals, total }, step) => ({ losses: losses.filter((loss) => loss.step <= step), evals: evals.filter((point) => point.step <= step), total });

/** @param {Session} session */
export function createRuns(session) {
  const { engine, dispatch, ready } = session;

  /** The engine for a run, with all that it needs. @param {'run' | 'retrain'} kind @param {DeviceWish} wish */
  async function engineFor(kind, wish) {
    const device = await engine.resolve(wish);
    if (kind === 'run') await engine.prepare(device);
    return device;
  }

  /** What keeps this run's checkpoints; null where nothing is to be kept. @param {RunRequest} request @param {DeviceWish} wish @param {StoredRun | null} stored */
  async function writerFor(request, wish, stored) {
    const { CheckpointWriter, claim } = await import('../engine/checkpoints.js');
    const id = stored?.id ?? `${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
    const release = stored || session.comparison ? null : await claim(id);
    const about = { request, device: wish, dataset: await engine.dataset(), model: await engine.model() };
    // A cell of a comparison is begun anew with it; its checkpoints only help against an engine that stops.
    const writer = new CheckpointWriter(id, about, stored, !session.comparison, (why) => dispatch({ type: 'run.unsaved', why }));
    return { writer, release };
  }

  /**
   * @param {'run' | 'retrain'} kind
   * @param {RunRequest} request
   * @param {DeviceWish} wish
   * @param {Pick<RunOptions, 'onEvent' | 'signal'>} options
   * @param {StoredRun | null} [stored] a run to go on with
   * @returns {Promise<Report>}
   */
  async function carryOut(kind, request, wish, { onEvent, signal }, stored = null) {
    session.requireNoRun();
    session.running = 'cpu';
    /** @type {CheckpointWriter | null} */
    let writer = null;
    let release = stored?.release ?? (() => {});
    session.cancelled = Boolean(signal?.aborted);
    try {
      await ready;
      const device = await engineFor(kind, wish);
      session.running = device;
      if (kind === 'run' && !engine.ownsModel()) {
        const kept = await writerFor(request, wish, stored);
        writer = kept.writer;
        release = kept.release ?? release;
      }
      if (session.cancelled) throw cancelledRun();
      /** @type {RunInfo} */
      const run = { kind, request, device, ...(stored && { from: { step: stored.written.step, seen: stored.written.seen } }) };
      dispatch({ type: 'run.started', run });
      const report = await untilDone(run, wish, writer, onEvent);
      if (kind === 'run') session.holder = run.device;
      session.running = null;
      await writer?.end(false);
      dispatch({ type: 'run.finished', run, report });
      return report;
    } catch (error) {
      session.running = null;
      const { code } = /** @type {Partial<LabError>} */ (error);
      const keep = Boolean(writer?.step) && code !== 'cancelled' && code !== 'checkpoint';
      await writer?.end(keep);
      const shownError = keep && writer?.written.length && error instanceof LabError ? new LabError({ ...error, message: error.message, kept: `The run is kept on this device up to step ${writer.step}.`, todo: 'Press “Continue”; on another device if it happens again.' }) : error;
      dispatch({ type: 'run.failed', error: shownError });
      throw shownError;
    } finally {
      release();
      if (writer) void interrupted();
    }
  }

  /**
   * Has an engine carry out a run. If the engine stops, the run goes on from its last checkpoint with the next one, as long as it gets further each time.
   * @param {RunInfo} run
   * @param {DeviceWish} wish
   * @param {CheckpointWriter | null} writer
   * @param {RunOptions['onEvent']} onEvent
   */
  async function untilDone(run, wish, writer, onEvent) {
    const { kind, request } = run;
    let seen = run.from ? seenUpTo(run.from.seen, run.from.step) : { losses: [], evals: [], total: 0 };
    const hear = (/** @type {EngineEvent} */ event) => {
      if (event.type === 'checkpoint') return writer?.keep(event.step, event.files, { ...seen, losses: [...seen.losses], evals: [...seen.evals] });
      remember(seen, event);
      dispatch({ type: 'run.event', event });
      return onEvent?.(event);
    };
    for (let reached = -1; ; ) {
      const command = kind === 'run' ? { type: /** @type {const} */ ('run'), request, checkpoint_every: writer ? CHECKPOINT_EVERY : 0, resume: writer?.latest() ?? [] } : { type: /** @type {const} */ ('retrain'), forget: request.forget, seed: request.seed };
      try {
        return (await engine.send(run.device, command, 'report', hear)).report;
      } catch (error) {
        // A GPU that is lost may be told by the engine, as an error of its device, before it is told by the browser.
        const lost = error instanceof LabError && error.code === 'device' && run.device === 'gpu';
        const stopped = error instanceof LabError && (error.code === 'crash' || lost);
        if (!stopped || !writer || writer.step <= reached) throw error;
        reached = writer.step;
        seen = seenUpTo(seen, reached);
        dispatch({ type: 'run.recovered', step: reached, why: lost ? 'the GPU failed' : error.message });
        if (lost) {
          console.warn(error.message);
          engine.restart(run.device);
        }
        run.device = session.running = await engineFor(kind, wish);
        if (session.cancelled) throw cancelledRun();
      }
    }
  }

  /** Looks for runs that ended in the middle. */
  async function interrupted() {
    const runs = await import('../engine/checkpoints.js').then((checkpoints) => checkpoints.interrupted()).catch(() => []);
    dispatch({ type: 'runs.interrupted', runs });
    return runs;
  }

  /** @param {RunOptions} options */
  const run = async (options) => {
    const request = requestOf(options);
    return abortable(options.signal, () => session.cancel(), () => carryOut('run', request, options.device ?? 'auto', options));
  };

  return {
    /** One run of a comparison, which takes care of the rest. */
    runCell: run,
    calls: {
      /** Unlearns. @param {RunOptions} options @returns {Promise<Report>} */
      async run(options) {
        session.requireNoComparison();
        return run(options);
      },
      /** Trains Retrain for a forget set here. @param {Pick<RunOptions, 'forget' | 'seed' | 'device' | 'onEvent' | 'signal'>} options @returns {Promise<Report>} */
      async retrain(options) {
        session.requireNoComparison();
        const request = requestOf(options);
        return abortable(options.signal, () => session.cancel(), () => carryOut('retrain', request, options.device ?? 'auto', options));
      },
      /** Runs that ended in the middle, with a closed tab or a device that failed, and can go on; newest first. @returns {Promise<InterruptedRun[]>} */
      interrupted,
      /**
       * Goes on with a run that ended in the middle, from its last checkpoint.
       * @param {string} id
       * @param {Pick<RunOptions, 'onEvent' | 'device' | 'signal'>} [options]
       * @param {{load: (options: {data: string}) => Promise<unknown>, useModel: (name: string) => Promise<unknown>}} [calls] for a run of other data or another model
       * @returns {Promise<Report>}
       */
      async continueRun(id, options = {}, calls) {
        const { device, signal } = requireObject(options);
        if (device !== undefined && !DEVICES.includes(device)) throw invalidOption(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
        requireRunId(id);
        session.requireIdle();
        return abortable(signal, () => session.cancel(), async () => {
          await ready;
          const { claim, readRun } = await import('../engine/checkpoints.js');
          const release = await claim(id);
          if (!release) throw new LabError({ code: 'busy', message: 'the run is at work in another tab', kept: 'It goes on there.', todo: 'Look for the other tab, or close it first.' });
          try {
            const found = await readRun(id);
            if (!found) {
              void interrupted();
              throw new LabError({ code: 'checkpoint', message: 'what was kept of this run is gone or damaged', kept: 'It was deleted, so that nothing wrong is gone on with; everything else is kept.', todo: 'Press Start to begin the run anew.' });
            }
            const { about } = found.written;
            if (about.dataset !== (await engine.dataset()) || engine.ownsModel()) await calls?.load({ data: about.dataset });
            if (about.model !== (await engine.model())) await calls?.useModel(about.model);
            return await carryOut('run', about.request, device ?? about.device, options, { ...found, id, release });
          } finally {
            release();
          }
        });
      },
      /** Deletes what is kept of a run that ended in the middle. @param {string} id */
      async discardRun(id) {
        requireRunId(id);
        await (await import('../engine/checkpoints.js')).discard(id);
        await interrupted();
      },
      /** Drops the adapter and every figure of this device's runs. */
      async reset() {
        session.requireIdle();
        await ready;
        for (const kind of engine.running()) await engine.send(kind, { type: 'reset' }, 'done');
        session.holder = null;
        dispatch({ type: 'session.reset' });
      },
      /** Ends the run; its promise rejects with code `cancelled`. A comparison ends with what is finished. Without a run nothing happens. */
      cancel: () => session.cancel(),
      /** Stands still after the current step. */
      pause: () => session.control('pause'),
      /** Goes on. */
      resume: () => session.control('resume'),
      /** One step, then stands still. */
      step: () => session.control('step'),
    },
  };
}
