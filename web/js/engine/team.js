// @ts-check
// What the engines of several workers exchange while they carry out one command together: each gives the others what it has computed, and waits for
// theirs. Used in a worker.

/** @typedef {{turn: number, part?: Float32Array, ended?: true}} Told what passes between two workers: a part of a turn's next exchange, or that the turn is over */

/**
 * @param {number} rank the number of this worker's engine
 * @param {(MessagePort | null)[]} ports to the others, in the order of their numbers; null in this one's place
 */
export function createTeam(rank, ports) {
  /** Parts that have come and are not used yet, by sender. @type {Map<number, Float32Array[]>[]} */
  const came = ports.map(() => new Map());
  /** The last turn that each has ended. */
  const ended = ports.map(() => 0);
  /** @type {{turn: number, part: Float32Array, resolve: (parts: Float32Array[]) => void, reject: (error: Error) => void} | null} */
  let waiting = null;

  /** Ends the exchange that is waited for, if all parts are there or one will never come. */
  function look() {
    if (!waiting) return;
    const { turn, part, resolve, reject } = waiting;
    const others = ports.map((_, of) => (of === rank ? [part] : (came[of].get(turn) ?? [])));
    if (others.every((parts) => parts.length > 0)) {
      waiting = null;
      resolve(others.map((parts) => /** @type {Float32Array} */ (parts.shift())));
    } else if (others.some((parts, of) => parts.length === 0 && ended[of] >= turn)) {
      waiting = null;
      reject(new Error('another engine has ended before'));
    }
  }

  ports.forEach((port, of) => {
    if (!port) return;
    port.onmessage = ({ data }) => {
      const { turn, part } = /** @type {Told} */ (data);
      if (part) came[of].set(turn, [...(came[of].get(turn) ?? []), part]);
      else ended[of] = turn;
      look();
    };
  });

  return {
    rank,
    of: ports.length,
    /**
     * Gives a part to the others.
     * @param {number} turn number of the command
     * @param {Float32Array} part
     * @returns {Promise<Float32Array[]>} the parts of all, in the order of their numbers
     */
    exchange(turn, part) {
      for (const port of ports) port?.postMessage(/** @type {Told} */ ({ turn, part }));
      return new Promise((resolve, reject) => {
        waiting = { turn, part, resolve, reject };
        look();
      });
    },
    /** This engine has nothing more to give in a turn. @param {number} turn */
    end(turn) {
      for (const port of ports) port?.postMessage(/** @type {Told} */ ({ turn, ended: true }));
      // What came for it, and for turns before, is of no use any more.
      for (const parts of came) for (const of of [...parts.keys()]) if (of <= turn) parts.delete(of);
    },
  };
}
