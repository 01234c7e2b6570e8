// The browsers of the matrix: how each is found, opened and asked, and what it must have.

import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { browserPath, launch } from '../e2e/harness.mjs';
import { firefox } from './marionette.mjs';
import { webkit } from './webdriver.mjs';

/**
 * `evaluate` runs the body of an async function in the page, whose window it calls `page`, and gives what it returns.
 * @typedef {{version: string, goto: (url: string) => Promise<unknown>, evaluate: (body: string) => Promise<any>, close: () => Promise<void>}} Driver
 */
/**
 * @typedef {object} Browser
 * @property {string} id
 * @property {string} name
 * @property {string} gpu what computes WebGPU in this matrix
 * @property {RegExp | null} adapter the adapter that must be there; null where none is expected
 * @property {string[]} unseen ways out by which, here, no other site is reached even without the page's locks
 * @property {string[]} leaky ways out that nothing in this browser can close
 * @property {() => Promise<Driver>} open
 */

/** A program on PATH, or a file. @param {string[]} names @param {string} install what to install where it is missing */
function find(names, install) {
  for (const name of names) {
    if (name.startsWith('/') && existsSync(name)) return name;
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder.
      }
    }
  }
  throw new Error(`${names[0]} is not here: \`cargo xtask matrix\` installs ${install} where that is allowed`);
}

/** Where Debian, Fedora and Arch put WebKitGTK's own little browser. */
const MINI_BROWSER = ['x86_64-linux-gnu/', 'aarch64-linux-gnu/', ''].flatMap((part) => ['4.1', '4.0', '6.0'].flatMap((version) => ['lib', 'libexec'].map((folder) => `/usr/${folder}/${part}webkit${version === '6.0' ? '' : '2'}gtk-${version}/MiniBrowser`)));

/** @returns {Promise<Driver>} */
async function chromium() {
  browserPath();
  const browser = await launch();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 } })).newPage();
  page.setDefaultTimeout(30 * 60_000);
  return {
    version: `Chromium ${browser.version()}`,
    goto: (url) => page.goto(url),
    evaluate: (body) => page.evaluate(`(async () => { const page = globalThis; ${body} })()`),
    close: () => browser.close(),
  };
}

/** @type {Browser[]} */
export const BROWSERS = [
  {
    id: 'chromium',
    name: 'Chromium',
    gpu: 'Dawn on SwiftShader (Vulkan on the processor)',
    adapter: /swiftshader/i,
    // A private window acts on no link hints; tests/e2e/privacy.test.mjs has a profile.
    unseen: ['preconnect'],
    leaky: [],
    open: chromium,
  },
  {
    id: 'firefox',
    name: 'Firefox',
    gpu: 'wgpu on lavapipe (Vulkan on the processor)',
    // Firefox does not tell pages which adapter it is.
    adapter: /./,
    unseen: [],
    leaky: [],
    open: () => firefox(find(['firefox-esr', 'firefox'], 'firefox-esr'), { 'dom.webgpu.enabled': true, 'dom.webgpu.workers.enabled': true, 'gfx.webgpu.ignore-blocklist': true }),
  },
  {
    id: 'webkitgtk',
    name: 'WebKitGTK',
    gpu: 'none: this build has no WebGPU',
    adapter: null,
    // It has no WebRTC, does not prefetch, opens no windows by itself, and loads no fonts in workers.
    unseen: ['webrtc', 'iframe-realm', 'prefetch', 'window', 'in-worker-font'],
    // It does not tell the page that it is about to be left.
    leaky: ['navigation', 'link'],
    open: () => webkit(find(['WebKitWebDriver'], 'webkit2gtk-driver'), find(MINI_BROWSER, 'webkit2gtk-driver')),
  },
];
