// Firefox by its own remote control, Marionette: JSON messages on a local socket, each after its length. What geckodriver speaks; so nothing need be installed.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 90_000;

/** Waits for something to be there. @template T @param {() => T | undefined} look @param {string} what @returns {Promise<T>} */
async function until(look, what) {
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(100)) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come in ${START_MS / 1000} s`);
}

/** @param {number} port */
async function open(port) {
  const socket = connect(port, '127.0.0.1');
  let waiting = Buffer.alloc(0);
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  const calls = new Map();
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (let at = waiting.indexOf(':'); at > 0; at = waiting.indexOf(':')) {
        const length = Number(waiting.subarray(0, at));
        if (waiting.length < at + 1 + length) return;
        const message = JSON.parse(waiting.subarray(at + 1, at + 1 + length).toString());
        waiting = waiting.subarray(at + 1 + length);
        if (!Array.isArray(message)) {
          resolve(undefined);
          continue;
        }
        const [, id, error, result] = message;
        const call = calls.get(id);
        calls.delete(id);
        if (error) call?.reject(new Error(`${error.error}: ${error.message}`));
        else call?.resolve(result);
      }
    });
  });
  socket.on('close', () => calls.forEach(({ reject }) => reject(new Error('Firefox closed the connection'))));
  let last = 0;
  const send = (/** @type {string} */ name, /** @type {object} */ params = {}) =>
    new Promise((resolve, reject) => {
      const id = (last += 1);
      calls.set(id, { resolve, reject });
      const text = JSON.stringify([0, id, name, params]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  return { send, end: () => socket.destroy() };
}

/**
 * @param {string} path of Firefox
 * @param {Record<string, boolean | number | string>} prefs
 * @returns {Promise<import('./browsers.mjs').Driver>}
 */
export async function firefox(path, prefs) {
  const profile = mkdtempSync(join(tmpdir(), 'unlearn-lab-firefox-'));
  const all = { 'marionette.port': 0, 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false, 'app.update.enabled': false, 'dom.max_script_run_time': 0, ...prefs };
  writeFileSync(join(profile, 'user.js'), Object.entries(all).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
  const child = spawn(path, ['--headless', '--marionette', '--no-remote', '--profile', profile], { stdio: 'ignore' });
  const end = async () => {
    child.kill();
    await Promise.race([new Promise((resolve) => child.once('exit', resolve)), sleep(10_000)]);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const note = join(profile, 'MarionetteActivePort');
    const port = await until(() => (existsSync(note) && Number(readFileSync(note, 'utf8'))) || undefined, 'Firefox’s remote control');
    const { send, end: hangUp } = await open(port);
    const { capabilities } = await send('WebDriver:NewSession', {});
    await send('WebDriver:SetTimeouts', { script: 30 * 60_000, pageLoad: 120_000 });
    return {
      version: `Firefox ${capabilities.browserVersion}`,
      goto: (url) => send('WebDriver:Navigate', { url }),
      async evaluate(body) {
        // The script has a scope of its own beside the page's, so that the page's policy does not bind it.
        const script = `const done = arguments[arguments.length - 1]; const page = window.wrappedJSObject ?? window;
          (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error && error.message || error) }));`;
        const { value } = await send('WebDriver:ExecuteAsyncScript', { script, args: [], newSandbox: true });
        if (value.error !== undefined) throw new Error(value.error);
        return value.value;
      },
      async close() {
        hangUp();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
