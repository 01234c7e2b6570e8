// Every method's own step on WebGPU beside the processor's in the same browser: three steps on one person with one seed, and the loss of what was to be forgotten.
// Methods that train whole models are left out: that is minutes in software, by steps that are those of E2URec's augmented model.

/** @typedef {import('./browsers.mjs').Driver} Driver */
/** @typedef {{id: string, label: string, before: number, cpu: number | null, gpu: number | null, error: string | null}} Trial */

/** Largest difference of a log loss, nats, that is put down to rounding. */
export const BOUND = 1e-3;
const PERSON = 42;
const STEPS = 3;
/** What keeps a run short, of the parameters that a method has. */
const SHORT = { min_steps: 4, rows: 8, frequency: 0.1, stop: 0, augment_epochs: 0.5 };

/** @param {Driver} driver @returns {Promise<Trial[]>} */
export async function methods(driver) {
  /** @type {{id: string, label: string, params: {id: string}[]}[]} */
  const entries = JSON.parse(await driver.evaluate('return page.JSON.stringify((await page.unlearnLab.ready).methods);'));
  const trials = [];
  for (const { id, label, params } of entries) {
    const has = (/** @type {string} */ key) => params.some((param) => param.id === key);
    const trains = has('rank');
    if (has('teachers') || !(trains || has('erase'))) continue;
    const request = { method: id, forget: { users: [PERSON] }, params: Object.fromEntries(Object.entries(SHORT).filter(([key]) => has(key))), ...(trains ? { steps: STEPS } : {}) };
    /** @type {Trial} */
    const trial = { id, label, before: 0, cpu: null, gpu: null, error: null };
    try {
      for (const [key, device] of /** @type {const} */ ([['cpu', 'cpu'], ['gpu', 'webgpu']])) {
        const [before, after] = await driver.evaluate(`
          const report = await page.unlearnLab.run(page.JSON.parse('${JSON.stringify({ ...request, device })}'));
          return [report.methods[0].forget.logloss, report.methods.at(-1).forget.logloss];`);
        [trial.before, trial[key]] = [before, after];
      }
    } catch (error) {
      trial.error = String(/** @type {Error} */ (error).message ?? error).split('\n')[0];
    }
    console.log(`  ${label}: ${trial.error ?? `${trial.before.toFixed(4)} becomes ${trial.cpu?.toFixed(6)} on the processor, ${trial.gpu?.toFixed(6)} by WebGPU`}`);
    trials.push(trial);
  }
  return trials;
}

/** How far the two paths are apart. @param {Trial} trial */
export const apart = ({ cpu, gpu }) => (cpu === null || gpu === null ? null : Math.abs(gpu - cpu));

/** What is not as it must be. @param {Trial[]} trials */
export const wrong = (trials) =>
  trials.flatMap((trial) => {
    const far = apart(trial);
    if (far === null) return [`${trial.label}: ${trial.error ?? 'it was not run on both'}`];
    if (trial.cpu === trial.before) return [`${trial.label} changes nothing`];
    return far <= BOUND ? [] : [`${trial.label}: processor and WebGPU are ${far.toExponential(1)} nats apart`];
  });
