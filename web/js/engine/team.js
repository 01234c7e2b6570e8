// @ts-check
// What the engines of several workers exchange while they carry out one command together: each gives the others what it has computed, and waits for
// theirs. Used in a worker.

/** @typedef {{turn: number, part?: Float32Array, ended?: true}} Told what passes between two workers: a part of a turn's next exchange, or that the turn is over */

/**
 * @param {number} rank the number of this worker's engine
 * @param {(MessagePort | null)[]} ports to the others, in the order of their numbers; null in this one's place
 */
export function createTeam(rank, ports) {
  /** What has come of each: parts that are not used yet, by turn, and the last turn that it has ended. @type {{port: MessagePort | null, parts: Map<number, Float32Array[]>, ended: number}[]} */
  const members = ports.map((port) => ({ port, parts: new Map(), ended: 0 }));
  /** @type {{turn: number, part: Float32Array, resolve: (parts: Float32Array[]) => void, reject: (error: Error) => void} | null} */
  let waiting = null;

  /** Ends the exchange that is waited for, if all parts are there or one will never come. */
  function look() {
    if (!waiting) return;
    const { turn, part, resolve, reject } = waiting;
    const all = members.map(({ parts, ended }, of) => ({ parts: of === rank ? [part] : (parts.get(turn) ?? []), over: ended >= turn }));
    if (all.every(({ parts }) => parts.length > 0)) {
      waiting = null;
      resolve(all.map(({ parts }) => /** @type {Float32Array} */ (parts.shift())));
    } else if (all.some(({ parts, over }) => parts.length === 0 && over)) {
      waiting = null;
      reject(new Error('another engine has ended before'));
    }
  }

  for (const member of members) {
    if (!member.port) continue;
    member.port.onmessage = ({ data }) => {
      const { turn, part } = /** @type {Told} */ (data);
      if (part) member.parts.set(turn, [...(member.parts.get(turn) ?? []), part]);
      else member.ended = turn;
      look();
    };
  }

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
      for (const { parts } of members) for (const of of [...parts.keys()]) if (of <= turn) parts.delete(of);
    },
  };
}
