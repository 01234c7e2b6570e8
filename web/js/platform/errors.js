// @ts-check
// One error type for the page and for scripts: what happened, what was kept, what to do.

/** @typedef {import('../types.d.ts').ErrorInfo} ErrorInfo */

/** An error of the lab. `code` is stable, the texts are for people. */
export class LabError extends Error {
  /** @param {ErrorInfo} trouble */
  constructor({ code, message, kept, todo }) {
    super(message);
    this.name = 'LabError';
    this.code = code;
    this.kept = kept;
    this.todo = todo;
  }
}

/**
 * @param {unknown} error
 * @returns {ErrorInfo} whatever was thrown, in the shape that the page shows
 */
export function errorInfo(error) {
  if (error instanceof LabError) return { code: error.code, message: error.message, kept: error.kept, todo: error.todo };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, kept: 'Nothing on the page was changed.', todo: 'Try again; if it happens again, reload the page.' };
}

/** A value that somebody gave, for a message: whatever it is. @param {unknown} value */
export function shown(value) {
  try {
    return String(value).slice(0, 80);
  } catch {
    return typeof value;
  }
}

/**
 * Sentence case and a full stop for the engine's messages, which are written for logs. A path keeps its letters.
 * @param {string} message
 */
export function asSentence(message) {
  const text = message.trim();
  if (text === '') return '';
  const first = /^[^\s:]*\//.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return first + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

/** What a run ends with that was cancelled. */
export const cancelledRun = () => new LabError({ code: 'cancelled', message: 'the run was cancelled', kept: 'Earlier results are kept; nothing of this run is.', todo: 'Press Start for a new run.' });
