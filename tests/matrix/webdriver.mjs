// WebKitGTK by W3C WebDriver, over fetch, on a display in memory.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });

/** A display of its own: this browser has no way to do without. @returns {Promise<{display: string, end: () => void}>} */
async function display() {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('Xvfb ended')));
    /** @type {import('node:stream').Readable} */ (child.stdio[3]).once('data', (text) => resolve(String(text).trim()));
  });
  return { display: `:${number}`, end: () => child.kill() };
}

/**
 * @param {string} driver path of WebKitWebDriver
 * @param {string} browser path of MiniBrowser
 * @returns {Promise<import('./browsers.mjs').Driver>}
 */
export async function webkit(driver, browser) {
  const screen = await display();
  const port = await freePort();
  // Without a locale its language is “C”, which is none to Intl: the page must start all the same.
  const child = spawn(driver, [`--port=${port}`], { stdio: 'ignore', env: { ...process.env, DISPLAY: screen.display, GDK_BACKEND: 'x11', WEBKIT_DISABLE_COMPOSITING_MODE: '1', LC_ALL: 'C' } });
  const send = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, method === 'GET' || method === 'DELETE' ? { method } : { method, body: JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const end = () => {
    child.kill();
    screen.end();
  };
  try {
    for (let tries = 0; ; tries += 1) {
      const up = await send('GET', '/status').then(() => true, () => false);
      if (up) break;
      if (tries > 100) throw new Error('WebKitWebDriver does not answer');
      await sleep(100);
    }
    const { sessionId, capabilities } = await send('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } } } });
    const session = `/session/${sessionId}`;
    await send('POST', `${session}/timeouts`, { script: 30 * 60_000, pageLoad: 120_000 });
    return {
      version: `WebKitGTK ${capabilities.browserVersion}`,
      goto: (url) => send('POST', `${session}/url`, { url }),
      async evaluate(body) {
        const script = `const done = arguments[arguments.length - 1]; const page = window;
          (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error && error.message || error) }));`;
        const { value, error } = await send('POST', `${session}/execute/async`, { script, args: [] });
        if (error != null) throw new Error(error);
        return value;
      },
      async close() {
        await send('DELETE', session).catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
