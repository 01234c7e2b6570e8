// Runs the page, every way out of it and the conformance page in every browser of the matrix, keeps what they say in results/, and writes
// docs/compatibility.md. Names of browsers may be given to run some alone. Fails if a browser, an adapter that it must have, or an operation is missing or
// wrong, or if a way out is open.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, server } from '../e2e/harness.mjs';
import { BROWSERS } from './browsers.mjs';
import { write } from './document.mjs';
import { missing } from './expect.mjs';
import { methods, wrong } from './methods.mjs';
import { leaks, privacy } from './privacy.mjs';

/** @typedef {import('./browsers.mjs').Browser} Browser */
/** @typedef {import('./browsers.mjs').Driver} Driver */

const round = (/** @type {number} */ value, digits = 1) => Number(value.toFixed(digits));

/** The page itself: usable, and one person forgotten on the processor. Objects are made in the page, whose own they then are. @param {Driver} driver @param {string} url */
async function lab(driver, url) {
  const begin = Date.now();
  await driver.goto(url);
  const loaded = await driver.evaluate(`
    for (let tries = 0; !page.unlearnLab && tries < 600; tries += 1) await new Promise((next) => setTimeout(next, 100));
    if (!page.unlearnLab) throw new Error('the page did not start in a minute');
    const ready = await page.unlearnLab.ready;
    return { model: ready.model, users: ready.users.length };`);
  const usable_s = round((Date.now() - begin) / 1000);
  const run = await driver.evaluate(`
    const report = await page.unlearnLab.run(page.JSON.parse('{"forget":{"users":[42]},"steps":5,"device":"cpu"}'));
    const own = report.methods.find((row) => row.id === 'e2urec');
    return { device: report.device, steps: own.steps, seconds: own.seconds, auc: own.test.auc };`);
  if (run.steps !== 5 || !(run.auc > 0.5)) throw new Error(`the run on the page gave ${JSON.stringify(run)}`);
  return { ...loaded, usable_s, ...run, seconds: round(run.seconds), auc: round(run.auc, 4) };
}

/** @param {Driver} driver @param {string} url @returns {Promise<import('../../web/js/features/conformance/types.d.ts').SignedReport>} */
async function conformance(driver, url) {
  await driver.goto(new URL('./conformance', url).href);
  const text = await driver.evaluate(`
    for (let tries = 0; !page.conformance && tries < 600; tries += 1) await new Promise((next) => setTimeout(next, 100));
    if (!page.conformance) throw new Error('the conformance page did not start in a minute');
    return page.JSON.stringify(await page.conformance);`);
  return JSON.parse(text);
}

/** @param {Browser} browser @param {string} url */
async function one(browser, url) {
  console.log(`${browser.name}: starting`);
  const ways = await privacy(browser);
  console.log(`${browser.name}: of ${ways.length} ways out ${ways.filter(({ bare }) => bare).length} work without the locks, ${ways.filter(({ shipped }) => shipped).length} with them`);
  const driver = await browser.open();
  try {
    const page = await lab(driver, url);
    console.log(`${driver.version}: the page is usable after ${page.usable_s} s, and forgot one person in ${page.seconds} s`);
    const trials = browser.adapter ? await methods(driver) : [];
    const file = await conformance(driver, url);
    console.log(`${driver.version}: ${file.report.verdict.says}`);
    return { id: browser.id, name: browser.name, version: driver.version, gpu: browser.gpu, problems: [...missing(browser, file.report), ...wrong(trials), ...leaks(ways, browser)], page, ways, methods: trials, conformance: file };
  } finally {
    await driver.close();
  }
}

const { url, stop } = await server();
let failed = 0;
const wanted = process.argv.slice(2);
const unknown = wanted.find((id) => BROWSERS.every((browser) => browser.id !== id));
try {
  if (unknown !== undefined) throw new Error(`browser \`${unknown}\` does not exist: there are ${BROWSERS.map(({ id }) => id).join(', ')}`);
  for (const browser of BROWSERS.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    const result = await one(browser, url).catch((error) => ({ id: browser.id, name: browser.name, version: null, gpu: browser.gpu, problems: [String(error.message ?? error)], page: null, ways: [], methods: [], conformance: null }));
    result.problems.forEach((problem) => console.error(`${browser.name}: ${problem}`));
    failed += Number(result.problems.length > 0);
    writeFileSync(join(root, 'tests/matrix/results', `${browser.id}.json`), `${JSON.stringify(result, null, 1)}\n`);
  }
} finally {
  stop();
}
write();
if (failed > 0) {
  console.error(`matrix: ${failed} browsers are not as they must be`);
  process.exitCode = 1;
}
