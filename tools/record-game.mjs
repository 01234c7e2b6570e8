// Plays the game of the built page once for each data set, and writes what the shipped models answered to public/game/: that is what is played while the
// engine loads. To be run again when a model, its data or the rule changes (tests/web/game.test.mjs says so), on a built page: node tools/record-game.mjs

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATASETS } from '../web/js/engine/datasets.js';
import { load, open, root, start } from '../tests/e2e/harness.mjs';

globalThis.document ??= /** @type {any} */ ({ baseURI: 'http://localhost/' });
const { sceneAfter } = await import('../web/js/features/game/cast.js');
const { askOthers, castLive } = await import('../web/js/features/game/play.js');

const COMMAND = 'node tools/record-game.mjs';
/** Probabilities and shares in four places: what is beyond them differs between devices. */
const short = (_, value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value);

const lab = await start();
mkdirSync(join(root, 'public/game'), { recursive: true });
try {
  const { page } = await open(lab);
  await load(lab, page);
  const api = { user: (/** @type {number} */ user) => page.evaluate((one) => globalThis.unlearnLab.user(one), user) };
  for (const { key, model } of DATASETS) {
    const loaded = await page.evaluate(async (data) => ((await globalThis.unlearnLab.info()).dataset === data ? globalThis.unlearnLab.info() : globalThis.unlearnLab.load({ data })), key);
    // What is expected of a model that never saw somebody comes a moment after the model.
    let scene = null;
    for (let tries = 0; !scene; tries += 1) {
      if (tries === 20) throw new Error(`${key}: there are no expected answers, or nobody can be played`);
      scene = await castLive(/** @type {any} */ (api), loaded);
      if (!scene) await page.waitForTimeout(500);
    }
    const run = await page.evaluate(async (user) => {
      const began = performance.now();
      const { device } = await globalThis.unlearnLab.run({ forget: { users: [user] }, device: 'cpu' });
      return { seconds: Math.round((performance.now() - began) / 100) / 10, device };
    }, scene.user);
    const { rows } = await api.user(scene.user);
    const others = await askOthers(/** @type {any} */ (api), scene);
    const manifest = JSON.parse(readFileSync(join(root, 'models', model, 'manifest.json'), 'utf8'));
    const files = Object.fromEntries(['model.safetensors', 'crossfit.safetensors'].map((name) => [name, manifest.files[name]]));
    const recording = { version: 1, created_with: { command: COMMAND }, data: loaded.data, model, files, scene: { ...sceneAfter(scene, rows), others }, run };
    writeFileSync(join(root, `public/game/${key}.json`), `${JSON.stringify(recording, short)}\n`);
    const { shares } = recording.scene;
    console.log(`${key}: number ${scene.user}, ${shares.pairs} pairs, right in ${shares.before.toFixed(3)} before, ${shares.after.toFixed(3)} after, ${shares.expected.toFixed(3)} expected; ${others.users.length} others: ${others.before.toFixed(4)} before, ${others.after.toFixed(4)} after`);
    for (const round of recording.scene.rounds) console.log(round.map(({ title, rating, before, after, expected }) => `  ${title}: ${rating} stars, ${before.toFixed(2)} before, ${after.toFixed(2)} after, ${expected.toFixed(2)} expected`).join('\n'));
  }
} finally {
  await lab.close();
}
