// @ts-check
// From what is chosen on the page to what the engine is asked for. Pure.

import { plural } from './format.js';

/** @typedef {import('./types.d.ts').State} State */
/** @typedef {import('./types.d.ts').Choice} Choice */
/** @typedef {import('./types.d.ts').ForgetSpec} ForgetSpec */
/** @typedef {import('./types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('./types.d.ts').ParamEntry} ParamEntry */

/**
 * @param {Choice} choice
 * @returns {ForgetSpec | null} null while nothing is chosen
 */
export function forgetOf(choice) {
  if (choice.kind === 'standard') return { standard: true };
  if (choice.kind === 'person') return choice.user == null ? null : { users: [choice.user] };
  if (choice.kind === 'genre') return choice.genre == null ? null : { genre: choice.genre };
  if (choice.kind === 'asked') return choice.together.length === 0 ? null : choice.together.length === 1 ? choice.together[0] : { any: choice.together };
  /** @type {[number, number][]} */
  const interactions = [];
  for (const [user, items] of Object.entries(choice.picked)) for (const item of items) interactions.push([Number(user), item]);
  return interactions.length === 0 ? null : { interactions };
}

/**
 * What the page would have to choose for a forget set; null where it cannot.
 * @param {ForgetSpec} forget
 * @returns {Partial<Choice> | null}
 */
export function choiceOf(forget) {
  if (forget.users) return forget.users.length === 1 ? { kind: 'person', user: forget.users[0] } : null;
  if (forget.any) return { kind: 'asked', together: forget.any };
  if (forget.genre != null) return { kind: 'genre', genre: forget.genre };
  if (forget.interactions) return { kind: 'ratings', picked: grouped(forget.interactions) };
  return forget.items || [forget.percent, forget.core, forget.edge].some((share) => share != null) ? null : { kind: 'standard' };
}

/** @param {[number, number][]} interactions */
function grouped(interactions) {
  /** @type {Record<number, number[]>} */
  const picked = {};
  for (const [user, item] of interactions) (picked[user] ??= []).push(item);
  return picked;
}

/**
 * One string for one forget set, whatever the order in which it was chosen.
 * @param {ForgetSpec | null | undefined} forget
 * @returns {string}
 */
export function keyOf(forget) {
  if (!forget) return '';
  if (forget.any) return `any:${forget.any.map(keyOf).sort().join('|')}`;
  if (forget.users) return `users:${[...forget.users].sort((a, b) => a - b).join(',')}`;
  if (forget.items) return `items:${[...forget.items].sort((a, b) => a - b).join(',')}`;
  if (forget.genre != null) return `genre:${forget.genre}`;
  if (forget.interactions) return `interactions:${forget.interactions.map(([user, item]) => `${user}/${item}`).sort().join(',')}`;
  if (forget.percent != null) return `percent:${forget.percent}:${forget.shuffle ?? 42}`;
  for (const end of /** @type {const} */ (['core', 'edge'])) if (forget[end] != null) return `${end}:${forget[end]}`;
  return 'standard';
}

/**
 * What a forget set is called in a sentence, without its article: "user 42's ratings".
 * @param {ForgetSpec | null | undefined} forget
 * @param {string} [items] what people rated
 */
export function nameOf(forget, items = 'films') {
  if (!forget) return 'nothing yet';
  if (forget.any) return `${plural(forget.any.length, 'request')} at once`;
  if (forget.users) return forget.users.length === 1 ? `user ${forget.users[0]}’s ratings` : `the ratings of ${plural(forget.users.length, 'user')}`;
  if (forget.items) return `the ratings of ${plural(forget.items.length, items.replace(/s$/, ''))}`;
  if (forget.genre != null) return `every rating of “${forget.genre}”`;
  if (forget.interactions) return plural(forget.interactions.length, 'single rating');
  if (forget.core != null) return `the ratings of the ${forget.core} % of users who rated most`;
  if (forget.edge != null) return `the ratings of the ${forget.edge} % of users who rated least`;
  if (forget.percent != null) return `the ratings of ${forget.percent} % of users${forget.shuffle == null ? '' : ` (draw ${forget.shuffle})`}`;
  return 'the paper’s 20 % of users';
}

/**
 * The person who is chosen, if nothing was learned from them; else null.
 * @param {Pick<State, 'choice' | 'loaded'>} state
 */
export const strangerOf = ({ choice, loaded }) => (choice.kind === 'person' ? loaded?.never_learned.find((user) => user.user === choice.user) ?? null : null);

/**
 * Whose figures are in view: those of the run if there was one, else of the last result; null before either. `stale`: something else has been chosen since.
 * @param {Pick<import('./types.d.ts').State, 'run' | 'result' | 'choice'>} state
 * @param {string} [items]
 */
export function subjectOf({ run, result, choice }, items) {
  const key = run.status !== 'idle' ? run.forgetKey : result.report ? keyOf(result.report.request?.forget) : null;
  if (key == null) return null;
  const chosen = forgetOf(choice);
  return { label: run.status !== 'idle' ? run.label : result.label, stale: key !== keyOf(chosen), chosen: nameOf(chosen, items) };
}

/**
 * The settings to begin with: those for language models where there are any and the model is one, else the recommended ones.
 * @param {MethodEntry} method
 * @param {import('./types.d.ts').Loaded} loaded
 */
export function suitedPreset(method, loaded) {
  const ofText = loaded.about.kind === 'text' ? method.presets.find((preset) => preset.id === 'text') : undefined;
  return (ofText ?? method.presets[0])?.id ?? null;
}

/**
 * What is loaded, with the settings that are for its kind of model: those for language models are not offered for a nano.
 * @param {import('./types.d.ts').Loaded} loaded
 * @returns {import('./types.d.ts').Loaded}
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
  const given = Object.fromEntries(preset?.params ?? []);
  return Object.fromEntries(method.params.map((param) => [param.id, given[param.id] ?? param.default]));
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

/**
 * The options of `unlearnLab.run` for what is chosen on the page; null while nothing is.
 * @param {Pick<State, 'choice' | 'setup' | 'loaded' | 'selection'>} state
 */
export function optionsOf({ choice, setup, loaded, selection }) {
  const forget = forgetOf(choice);
  const method = loaded?.methods.find((entry) => entry.id === setup.method);
  if (!forget || !method) return null;
  const params = Object.fromEntries(
    method.params.filter((param) => setup.params[param.id] !== param.default).map((param) => [param.id, setup.params[param.id]]),
  );
  const steps = setup.steps ?? selection.value?.steps ?? 0;
  return {
    method: method.id,
    forget,
    params,
    steps: setup.steps ?? undefined,
    seed: setup.seed,
    device: setup.device,
    evalEvery: setup.evalEvery ?? autoEvalEvery(steps),
  };
}
