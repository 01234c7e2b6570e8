// Small reports and methods that the page's tests share. Figures are made up and round. They have what the tests look at, and no more: so they are of any type.

/** @type {any} */
export const method = {
  id: 'e2urec',
  label: 'E2URec',
  citation: '',
  summary: '',
  params: [
    { id: 'alpha', label: 'α', help: '', kind: 'float', min: 0, max: 8, step: 0.05, default: 0.35, choices: [] },
    { id: 'rank', label: 'rank', help: '', kind: 'int', min: 1, max: 64, step: 1, default: 4, choices: [] },
    { id: 'form', label: 'form', help: '', kind: 'choice', min: 0, max: 1, step: 1, default: 1, choices: [{ value: 0, label: 'ReLU' }, { value: 1, label: 'plain' }] },
  ],
  presets: [
    { id: 'tuned', label: 'Tuned', note: '', params: [] },
    { id: 'published', label: 'As published', note: '', params: [['alpha', 2], ['form', 0]] },
  ],
};

const quality = (auc) => ({ auc, acc: 0.7, logloss: 0.5 });

/** @returns {any} */
export const row = (id, test, forget, loss = 0.5) => ({
  id, seed: 1, params: {}, test: quality(test), valid: null, forget: { auc: forget, acc: 0.7, logloss: loss, jsd: null, sym_kl: null, l2: null, yes_no: null },
  retain: quality(0.8), histogram: { liked: [], disliked: [] }, seconds: 1, steps: 10, trainable_params: 100, peak_bytes: null, source: 'this device',
});

/** @returns {any} */
export const report = (methods, proxy = {}) => ({
  version: 1, dataset: 'd', model: 'm', device: 'cpu', request: { method: 'e2urec', forget: {}, params: {}, seed: 1, eval_every: 0 },
  sizes: { forget: 120, retain: 1000, valid: 100, test: 100 }, methods, floor: null, gap_closed: null,
  proxy: { forget_before: 0.5, forget_after: 0.5, unseen: 0.6, unseen_auc: null, expected: null, ...proxy }, adapter_sha256: null,
});

/** A part of a thing, where a test needs no more of it. @param {unknown} value @returns {any} */
export const part = (value) => value;
