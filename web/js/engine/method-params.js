// @ts-check
// A method's presets and parameters: which fit a model, what a preset sets, how a value is brought into its rule. Pure.

/** @typedef {import('../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../types.d.ts').ParamEntry} ParamEntry */

/**
 * The settings to begin with: those for language models where there are any and the model is one, else the recommended ones.
 * @param {MethodEntry} method
 * @param {import('../types.d.ts').Loaded} loaded
 */
export function suitedPreset(method, loaded) {
  const ofText = loaded.about.kind === 'text' ? method.presets.find((preset) => preset.id === 'text') : undefined;
  return (ofText ?? method.presets[0])?.id ?? null;
}

/**
 * What is loaded, with the settings that are for its kind of model: those for language models are not offered for a nano.
 * @param {import('../types.d.ts').Loaded} loaded
 * @returns {import('../types.d.ts').Loaded}
 */
export function offered(loaded) {
  if (loaded.about.kind === 'text') return loaded;
  return { ...loaded, methods: loaded.methods.map((method) => ({ ...method, presets: method.presets.filter((preset) => preset.id !== 'text') })) };
}

/**
 * Every parameter's value under a preset: the method's defaults where the preset says nothing.
 * @param {MethodEntry} method
 * @param {string | null} presetId
 * @returns {Record<string, number>}
 */
export function presetParams(method, presetId) {
  const preset = method.presets.find((entry) => entry.id === presetId);
  const values = Object.fromEntries(preset?.params ?? []);
  return Object.fromEntries(method.params.map((param) => [param.id, values[param.id] ?? param.default]));
}

/**
 * The preset whose values these are; null where a value was changed by hand.
 * @param {MethodEntry} method
 * @param {Record<string, number>} params
 */
export function matchingPreset(method, params) {
  const same = (/** @type {Record<string, number>} */ other) => method.params.every((param) => other[param.id] === params[param.id]);
  return method.presets.find((preset) => same(presetParams(method, preset.id)))?.id ?? null;
}

/**
 * A value brought into a parameter's rule: inside its range, whole where it must be, one of the choices where there are any.
 * @param {ParamEntry} param
 * @param {number} value
 */
export function clampParam(param, value) {
  if (!Number.isFinite(value)) return param.default;
  if (param.choices.length > 0) return param.choices.some((choice) => choice.value === value) ? value : param.default;
  const inside = Math.min(param.max, Math.max(param.min, value));
  return param.kind === 'int' ? Math.round(inside) : inside;
}

/**
 * A parameter on a slider of 0..1: by powers where its range spans several of them.
 * @param {ParamEntry} param
 */
export function sliderOf(param) {
  if (param.kind === 'int' || !(param.min > 0) || param.max / param.min < 1000) {
    const span = param.max - param.min || 1;
    const step = param.step > 0 ? param.step : span / 200;
    return { to: (/** @type {number} */ value) => (value - param.min) / span, from: (/** @type {number} */ at) => Number((param.min + Math.round((at * span) / step) * step).toPrecision(6)) };
  }
  const span = Math.log(param.max / param.min);
  return { to: (/** @type {number} */ value) => Math.log(value / param.min) / span, from: (/** @type {number} */ at) => Number((param.min * Math.exp(at * span)).toPrecision(2)) };
}

/**
 * Steps between two live evaluations, on a round number: about eight in a long run, three in one that takes seconds.
 * @param {number} steps
 */
export function autoEvalEvery(steps) {
  if (steps <= 0) return 0;
  const raw = steps / (steps < 200 ? 3 : 8);
  const nice = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000];
  return nice.find((value) => value >= raw) ?? Math.ceil(raw / 1000) * 1000;
}
