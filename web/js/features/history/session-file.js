// @ts-check
// A session as one file: the page's settings, and runs with their reports and adapters. JSON, so that it can be looked into; binary files are base64. Each run
// has a hash of its own, so that damage is told by its place, and the whole has one. A file may come from anybody: what is not of this shape is refused. Pure.

import { LabError, shown } from '../../platform/errors.js';
import { isRunId } from '../../platform/run-history.js';
import { sha256 } from '../../platform/sha256.js';
import { problemIn } from './session-shape.js';

/** @typedef {import('../../types.d.ts').KeptRun} KeptRun */
/** @typedef {import('../../types.d.ts').RunRecord} RunRecord */
/** @typedef {import('../../types.d.ts').SessionSettings} SessionSettings */
/** @typedef {{about: Omit<KeptRun, 'files' | 'version'>, record: RunRecord, adapter: {name: string, bytes: Uint8Array}[]}} SessionRun */

const FORMAT = 'unlearn-lab session';
const VERSION = 1;
/** A larger file is no session of this page. */
const MOST_BYTES = 512e6;

/** @param {string} message @param {string} [todo] */
const refusal = (message, todo = 'Open a file that “Save the session” of this page wrote.') => new LabError({ code: 'session', message, kept: 'Your runs and settings are as they were.', todo });

/** @param {string} text */
const hashOf = (text) => sha256(/** @type {Uint8Array<ArrayBuffer>} */ (new TextEncoder().encode(text)));

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let text = '';
  // Arguments of one call are limited.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** @param {string} text */
const fromBase64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/**
 * @param {SessionSettings} settings
 * @param {SessionRun[]} runs
 * @param {{made: string, page: string}} about
 * @returns {Promise<string>}
 */
export async function writeSession(settings, runs, { made, page }) {
  const parts = [];
  for (const { about, record, adapter } of runs) {
    const run = { about, record, adapter: adapter.map(({ name, bytes }) => ({ name, base64: toBase64(bytes) })) };
    parts.push({ sha256: await hashOf(JSON.stringify(run)), run });
  }
  const content = { made, page, settings, runs: parts };
  return `${JSON.stringify({ format: FORMAT, version: VERSION, sha256: await hashOf(JSON.stringify(content)), content })}\n`;
}

/** Where a text stops being JSON, in lines and columns; browsers tell a position, or nothing. @param {string} text @param {unknown} error */
function whereBroken(text, error) {
  const [, position] = /position (\d+)/.exec(String(error)) ?? [];
  const at = position === undefined ? text.length : Math.min(Number(position), text.length);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const place = `line ${line}, column ${at - before.lastIndexOf('\n')}`;
  return at >= text.trimEnd().length ? `it ends in the middle, at ${place}` : `it is not JSON from ${place} on`;
}

/** @param {any} part @param {number} idx @returns {Promise<SessionRun>} */
async function runOf(part, idx) {
  const { run } = part ?? {};
  const label = typeof run?.about?.label === 'string' ? ` (${run.about.label.slice(0, 60)})` : '';
  const place = `run ${idx + 1}${label}`;
  if (typeof part?.sha256 !== 'string' || run === undefined) throw refusal(`${place} has no content or no hash`);
  const found = await hashOf(JSON.stringify(run));
  if (found !== part.sha256) throw refusal(`${place} is damaged: its sha256 must be ${part.sha256.slice(0, 64)}, got ${found}`, 'Take another copy of the file.');
  const problem = problemIn(run);
  if (problem) throw refusal(`${place}: ${problem}`);
  if (!isRunId(run.about.id)) throw refusal(`${place}: id must be a time and eight hexadecimal digits, got \`${shown(run.about.id)}\``);
  /** @type {SessionRun['adapter']} */
  const adapter = [];
  for (const file of run.adapter) {
    try {
      adapter.push({ name: file.name, bytes: fromBase64(file.base64) });
    } catch {
      throw refusal(`${place}: ${file.name} must be base64`);
    }
  }
  return { about: run.about, record: run.record, adapter };
}

/**
 * @param {{name: string, size: number, text: () => Promise<string>}} file
 * @returns {Promise<{made: string, settings: SessionSettings, runs: SessionRun[]}>} rejects with what is wrong and where
 */
export async function readSession(file) {
  if (file.size > MOST_BYTES) throw refusal(`${file.name} has ${file.size} bytes; a session has at most ${MOST_BYTES}`);
  const text = await file.text();
  /** @type {any} */
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!text.trimStart().startsWith('{')) throw refusal(`${file.name} is no session of this page: it does not begin with \`{\``);
    throw refusal(`${file.name} is damaged: ${whereBroken(text, error)}`, 'Take another copy of the file.');
  }
  if (value?.format !== FORMAT) throw refusal(`${file.name} is no session of this page: format must be \`${FORMAT}\`, got \`${shown(value?.format)}\``);
  if (value.version !== VERSION) throw refusal(`${file.name} has version ${shown(value.version)} of the format; this page reads version ${VERSION}`, 'Open it with the version of the page that wrote it.');
  const { content } = value;
  if (!Array.isArray(content?.runs)) throw refusal(`${file.name}: content.runs must be a list, got \`${shown(content?.runs)}\``);
  const runs = [];
  for (const [idx, part] of content.runs.entries()) runs.push(await runOf(part, idx));
  const found = await hashOf(JSON.stringify(content));
  if (found !== value.sha256) throw refusal(`${file.name} is damaged outside its runs: the sha256 of content must be ${shown(value.sha256)}, got ${found}`, 'Take another copy of the file.');
  const problem = problemIn({ settings: content.settings });
  if (problem) throw refusal(`${file.name}: ${problem}`);
  return { made: String(content.made).slice(0, 40), settings: content.settings, runs };
}
