// @ts-check
// One worker with its engine: a queue of commands, its events, and what happens when it crashes. Used by engine.js alone.

import { cancelledRun, LabError, shown } from '../platform/errors.js';
import { openWorker } from '../platform/trusted-types.js';

/** @typedef {import('../types.d.ts').Command} Command */
/** @typedef {import('../types.d.ts').Control} Control */
/** @typedef {import('../types.d.ts').LabEvent} LabEvent */
/** @typedef {import('../types.d.ts').Reply} Reply */
/** @typedef {{id: number, command: Command, resolve: (reply: any) => void, reject: (error: unknown) => void, onEvent: ((event: LabEvent) => void) | undefined, moved: Transferable[], turn?: number}} Job */

const KEPT = {
  run: 'Reports and downloads on this page are kept; nothing of the unfinished run is.',
  other: 'Everything on this page is kept.',
};

/** Commands that take so long that a person may pause or end them. @type {Command['type'][]} */
const STEERED = ['run', 'retrain', 'train'];
/** Whether a control is for a command: an attack can be ended, and does not pause. @param {Command} command @param {Control} control */
const isFor = ({ type }, control) => STEERED.includes(type) || (type === 'attack' && control === 'cancel');

/** Commands that change what an engine has, or take long: the engines of a team carry them out together. @type {Command['type'][]} */
const TOGETHER = ['run', 'retrain', 'train', 'teach', 'attack', 'reset', 'add_retrain', 'add_cross_fit'];
/** Those for which a team is worth the wait until it is there. @param {Command['type']} type */
export const wantsTeam = (type) => type === 'run' || type === 'retrain' || type === 'train' || type === 'teach' || type === 'attack';

/** A worker that carries out one command at a time, in the order in which they were sent. */
export class WorkerClient {
  /**
   * @param {'cpu' | 'text' | 'gpu'} module the wasm module that the worker loads
   * @param {(message: string) => void} onCrash called after the command in work was rejected
   * @param {(bytes: number) => void} [onBytes] told how much of the module has come
   */
  constructor(module, onCrash, onBytes = () => {}) {
    this.module = module;
    this.onCrash = onCrash;
    this.onBytes = onBytes;
    this.nextId = 1;
    /** @type {Job[]} */
    this.queue = [];
    /** @type {Job | null} */
    this.current = null;
    /** Workers whose engines share this one's work. @type {WorkerClient[]} */
    this.followers = [];
    /** Number of the last command that was carried out together. */
    this.turn = 0;
    this.worker = this.open();
  }

  /** Number of engines that carry out commands together. */
  get threads() {
    return 1 + this.followers.length;
  }

  /** Lets other engines, which have loaded and been given the same, share the work from now on. @param {WorkerClient[]} followers */
  lead(followers) {
    this.followers = followers;
    const members = [this, ...followers].map(({ worker }) => ({ worker, ports: /** @type {(MessagePort | null)[]} */ ([]) }));
    // A line between every two; each has null in its own place.
    members.forEach((one, rank) => {
      one.ports[rank] = null;
      for (const [beyond, other] of members.slice(rank + 1).entries()) {
        const { port1, port2 } = new MessageChannel();
        one.ports[rank + 1 + beyond] = port1;
        other.ports[rank] = port2;
      }
    });
    members.forEach(({ worker, ports }, rank) => worker.postMessage({ team: { rank, ports } }, ports.filter((port) => port !== null)));
  }

  /** Ends the engines that share the work; this one has all it has. */
  dismiss() {
    for (const follower of this.followers) follower.close();
    this.followers = [];
  }

  /** Carries out a command as another engine's turn of this number, which answers for it. @param {Command} command @param {number} turn */
  follow(command, turn) {
    const ignored = () => {};
    this.queue.push({ id: this.nextId++, command, resolve: ignored, reject: ignored, onEvent: undefined, moved: [], turn });
    this.pump();
  }

  open() {
    const worker = openWorker('worker', this.module);
    worker.addEventListener('message', ({ data }) => this.receive(data));
    worker.addEventListener('error', (event) => this.crash(event.message || 'the worker could not be started'));
    worker.addEventListener('messageerror', () => this.crash('a message of the engine could not be read'));
    return worker;
  }

  /**
   * @param {Command} command
   * @param {(event: LabEvent) => void} [onEvent]
   * @param {Transferable[]} [moved] buffers of the command that are moved instead of copied
   * @returns {Promise<Reply>}
   */
  send(command, onEvent, moved = []) {
    return new Promise((resolve, reject) => {
      this.queue.push({ id: this.nextId++, command, resolve, reject, onEvent, moved });
      this.pump();
    });
  }

  /** Reaches a run in progress, past the queue. @param {Control} control */
  control(control) {
    // What still waits never reaches the engine.
    const waiting = control === 'cancel' ? this.queue.filter(({ command }) => isFor(command, control)) : [];
    this.queue = this.queue.filter((job) => !waiting.includes(job));
    for (const { command, reject } of waiting) reject(commandError(command, { message: 'cancelled', kept: null, todo: null, code: 'cancelled' }));
    if (this.current && isFor(this.current.command, control)) this.worker.postMessage({ id: this.current.id, control });
  }

  pump() {
    while (!this.current && this.queue.length > 0) {
      const job = /** @type {Job} */ (this.queue.shift());
      this.current = job;
      try {
        if (this.followers.length > 0 && TOGETHER.includes(job.command.type)) {
          job.turn = ++this.turn;
          // Buffers that are moved are gone here: the others get theirs before.
          for (const follower of this.followers) follower.follow(job.moved.length > 0 ? structuredClone(job.command) : job.command, job.turn);
        }
        this.worker.postMessage({ id: job.id, command: job.command, turn: job.turn }, job.moved);
      } catch (error) {
        // What cannot be copied to the worker, such as a function, fails its own command; the others go on.
        this.current = null;
        job.reject(commandError(job.command, { message: `a value cannot be sent to the engine: ${shown(error)}`, kept: null, todo: null, code: 'setting' }));
      }
    }
  }

  /** @param {any} data */
  receive(data) {
    if (data.fatal != null) return this.crash(data.fatal);
    if (data.came != null) return this.onBytes(data.came);
    if (data.event) return data.runId === this.current?.id ? this.current?.onEvent?.(data.event) : undefined;
    if (data.id !== this.current?.id) return undefined;
    const job = this.current;
    this.current = null;
    if (data.error) job?.reject(commandError(job.command, data.error));
    else job?.resolve(data.reply);
    return this.pump();
  }

  /** @param {string} message */
  crash(message) {
    this.worker.terminate();
    this.dismiss();
    const lost = [...(this.current ? [this.current] : []), ...this.queue];
    this.current = null;
    this.queue = [];
    const full = /out of memory/i.test(message);
    for (const job of lost) {
      const kept = job.command.type === 'run' || job.command.type === 'retrain' ? KEPT.run : KEPT.other;
      // One that stops before it is ready is not started again.
      const again = job.command.type === 'start' ? 'Load the page again' : 'The engine starts again by itself';
      const todo = full ? `${again}; then choose a smaller batch or a smaller model.` : `${again}; then try once more.`;
      job.reject(new LabError({ code: full ? 'memory' : 'crash', message: `the engine stopped: ${message}`, kept, todo }));
    }
    this.onCrash(message);
  }

  close() {
    this.worker.terminate();
    this.dismiss();
  }

  /** Closes it for good: whatever it was asked and has not answered rejects. @param {unknown} error */
  end(error) {
    this.close();
    const left = [...(this.current ? [this.current] : []), ...this.queue];
    this.current = null;
    this.queue = [];
    for (const { reject } of left) reject(error);
  }
}

/**
 * @param {Command} command
 * @param {{message: string, kept: string | null, todo: string | null, code: string | null}} error
 */
function commandError(command, error) {
  const running = command.type === 'run' || command.type === 'retrain';
  if (command.type === 'train' && error.code === 'cancelled') {
    return new LabError({ code: 'cancelled', message: 'the training was cancelled', kept: 'The model that was loaded before is still in use.', todo: 'Press Train to begin again.' });
  }
  if (error.code === 'cancelled' || /^cancelled/.test(error.message)) {
    return cancelledRun();
  }
  // What is no message of the engine's came of a value that a script gave.
  const code = error.code === 'message' ? 'setting' : (error.code ?? 'internal');
  const kept = command.type === 'train' || command.type === 'load' ? 'The model that was loaded before is still in use.' : running ? KEPT.run : KEPT.other;
  const todo = {
    device: 'Choose the CPU under “Device” and try again.',
    diverged: 'Lower the setting that the message names and press Start.',
    package: 'Choose another model. If it is one of this site, reload the page, or build it again with `cargo xtask demo`.',
    data: 'Repair the line that the message names, then load the data again.',
    checkpoint: 'Press Start to begin the run anew.',
    setting: 'Change the setting that the message names and try again.',
  }[code];
  return new LabError({ code, message: error.message, kept: error.kept ?? kept, todo: error.todo ?? todo ?? 'Try again.' });
}
