// @ts-check
// Rows of runs that were made elsewhere, from a file of the command line or of another device's page. What is of other data or another model is refused
// with the reason; what is there already is left out. A file may come from anybody: of its rows only numbers and short texts are kept. Pure.

import { requestOf } from '../../api/validate.js';
import { keyOf } from '../../engine/forget-spec.js';
import { matchingPreset, presetParams } from '../../engine/method-params.js';
import { LabError } from '../../platform/errors.js';
import { fixed, plural } from '../../ui/format.js';
import { t } from '../../ui/words.js';
import { keyOfName } from './forget-set-names.js';
import { isReference, settingOf } from './rows.js';

/** @typedef {import('../../types.d.ts').CompareRow} CompareRow */
/** @typedef {import('../../types.d.ts').Elsewhere} Elsewhere */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../../types.d.ts').OpenedFile} OpenedFile */
/** What rows must fit; `manifest`: sha256 of the model's manifest, null where it is not known; `known`: every row that the table has. @typedef {{loaded: Loaded, manifest: string | null, known: CompareRow[]}} Here */

/** A larger file is no table of figures. */
export const MOST_BYTES = 64e6;
/** How far two measurements of one model on the same rows may lie apart: rounding on different devices. */
const ROUNDING = 0.002;
const LONGEST = 120;

/** @param {string} message @param {string} [todo] */
export const refusal = (message, todo = 'Open a file that was made with this data and this model: result.json of `unlearn compare`, the JSON of `unlearn forget`, or this page’s JSON.') =>
  new LabError({ code: 'elsewhere', message, kept: 'The table is as it was.', todo });

/** @param {unknown} value */
const text = (value) => (typeof value === 'string' ? value.slice(0, LONGEST) : '');
/** @param {unknown} value */
const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** The numbers that stand right in an object, and nothing else of it; null for what is no object. @param {unknown} value @returns {any} */
function numbersOf(value) {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => number(one) !== null));
}

/** Figures of the forget set, some of which stand one level down. @param {any} value */
function forgetOf(value) {
  const figures = numbersOf(value);
  for (const part of ['yes_no', 'extra']) {
    const inner = figures && numbersOf(value[part]);
    if (inner) figures[part] = inner;
  }
  return figures;
}

/** @param {string} content @returns {any} */
function parsed(content) {
  if (/^\W*(dataset,model,forget_set,|method,setting,source,)/.test(content)) throw refusal('a table as CSV does not say by hash which data and model it was measured with', 'Open the JSON that was written beside it.');
  try {
    return JSON.parse(content);
  } catch {
    throw refusal('it is not JSON');
  }
}

/** The part of a file that is a table or a report of these data; a file of several data sets has one for each. @param {any} value @param {Loaded} loaded */
function bodyOf(value, loaded) {
  if (value?.kind === 'unlearn-lab forgetting report') throw refusal('a forgetting report names its forget set only by hash', 'Open the JSON of the run itself: `unlearn forget --json`.');
  if (Array.isArray(value?.datasets)) return value.datasets.find((/** @type {any} */ one) => one?.data?.ratings === loaded.data.ratings && one?.data?.metadata === loaded.data.metadata) ?? value.datasets[0];
  // A single cell of a comparison: its report, with what it was planned for.
  if (value?.report && value.cell) return { ...value.report, model_manifest_sha256: value.cell.manifest, created_with: { date: value.date, version: value.host?.version } };
  return value;
}

/** @param {any} body @param {Here} here */
function checkDataAndModel(body, { loaded, manifest }) {
  if (typeof body.data?.ratings !== 'string' || typeof body.data?.metadata !== 'string') throw refusal('it does not say by hash which data it was measured on');
  const [ratings, metadata] = [body.data.ratings !== loaded.data.ratings, body.data.metadata !== loaded.data.metadata];
  const other = ratings && metadata ? 'other ratings and other titles' : ratings ? 'other ratings' : metadata ? 'other titles, genres, authors or user descriptions' : '';
  if (other) throw refusal(`it was measured on other data: its ${text(body.dataset) || 'data'} has ${other} than the ${loaded.dataset} that is loaded`);
  if (body.model !== loaded.model) throw refusal(`it was measured with another model, ${text(body.model) || 'without a name'}; ${loaded.model} is loaded`);
  if (typeof body.model_manifest_sha256 === 'string' && manifest && body.model_manifest_sha256 !== manifest) throw refusal(`it was measured with another ${loaded.model}: the hash of the model’s manifest differs`);
}

/** Original is the model that everything begins with: where its figures differ, so does the model, or what it was asked. @param {any[]} originals @param {Loaded} loaded */
function checkOriginal(originals, loaded) {
  const ours = loaded.shipped.find((row) => row.id === 'original')?.test.auc;
  for (const row of originals) {
    const theirs = number(row?.test?.auc);
    if (ours != null && theirs !== null && Math.abs(ours - theirs) > ROUNDING) throw refusal(`its Original has a test AUC of ${fixed(theirs, 4)}, the one loaded here of ${fixed(ours, 4)}: another model, or other test rows`);
  }
}

/** A setting in words: the preset that comes nearest, and what differs from it, as `unlearn compare` says it. @param {any} row @param {MethodEntry[]} methods @param {unknown} steps */
export function settingOfParams(row, methods, steps) {
  const entry = methods.find((one) => one.id === row.id);
  if (!entry || row.id === 'original' || row.id === 'retrain') return '';
  const params = { ...presetParams(entry, null), ...numbersOf(row.params) };
  const exact = matchingPreset(entry, params);
  const differing = (/** @type {string | null} */ preset) => {
    const values = presetParams(entry, preset);
    return entry.params.filter((param) => values[param.id] !== params[param.id]);
  };
  const nearest = entry.presets.map(({ id }) => ({ id, changed: differing(id) })).toSorted((a, b) => a.changed.length - b.changed.length)[0] ?? { id: 'default', changed: differing(null) };
  const changes = nearest.changed.map((param) => `${param.id} ${param.choices.find((choice) => choice.value === params[param.id])?.label ?? params[param.id]}`);
  return settingOf(exact ?? [nearest.id, ...changes].join(', ').slice(0, LONGEST), number(steps));
}

/** Whether a row is a run that is known: of the same method, seed and forget set, with the same figures and none beside. @param {CompareRow} known @param {CompareRow} row */
export function isSameRun(known, row) {
  const figures = (/** @type {CompareRow} */ { test, forget }) => [test.auc, test.acc, test.logloss, forget.auc, forget.acc, forget.logloss];
  const [x, y] = [figures(known), figures(row)];
  if (row.ranking && !known.ranking) return false;
  return known.id === row.id && known.seed === row.seed && known.forget_set === row.forget_set && (!known.seconds || !row.seconds || known.seconds === row.seconds) && x.every((value, idx) => (value ?? null) === (y[idx] ?? null));
}

/** Texts of the row's origin, as a person reads them. @param {Elsewhere} from */
export const originText = ({ file, device, version, commit, date }) => [file, device, commit ? `commit ${commit}` : version && `version ${version}`, date.slice(0, 10)].filter(Boolean).join(', ');

/** @param {any} row @param {string} forgetKey @param {Elsewhere} from @param {string} file @returns {CompareRow} */
function cleanRow(row, forgetKey, from, file) {
  const id = text(row?.id);
  const [test, forget] = [numbersOf(row?.test), forgetOf(row?.forget)];
  if (!id || !test || !forget) throw refusal('a row of it has no method or no figures');
  for (const auc of [test.auc, forget.auc]) if (auc != null && !(auc >= 0 && auc <= 1)) throw refusal(`an AUC must be between 0 and 1, and its ${id} has ${auc}`);
  // What the other page had opened from a file keeps that origin.
  const first = row.from && typeof row.from === 'object' ? row.from : null;
  const origin = first ? { ...from, file: `${file} (from ${text(first.file)})`, device: text(first.device), version: text(first.version), commit: text(first.commit), date: text(first.date) } : { ...from, device: text(row.device) || from.device };
  return {
    id, seed: number(row.seed) ?? 1, label: text(row.label) || id, setting: text(row.setting), params: numbersOf(row.params) ?? {}, forget_set: forgetKey, test, forget, neighbour: numbersOf(row.neighbour), fairness: numbersOf(row.fairness),
    ranking: numbersOf(row.ranking), seconds: number(row.seconds), trainable_params: number(row.trainable_params), peak_bytes: number(row.peak_bytes), gap_closed: number(row.gap_closed), device: origin.device, source: 'elsewhere',
    from: { ...origin, group: [from.group, origin.device, origin.version, origin.commit, first ? text(first.file) : ''].join('|') },
  };
}

/** Rows of a table of `unlearn compare` or of the page, with the name of their forget set. A Retrain that was run as a method is there already. @param {any} body */
function rowsOfTable(body) {
  const rows = body.methods.map((/** @type {any} */ row) => ({ name: text(row?.forget_set) || 'standard', row }));
  const sets = Array.isArray(body.forget_sets) ? body.forget_sets : [];
  const references = sets.flatMap((/** @type {any} */ set) => (Array.isArray(set?.references) ? set.references : []).map((/** @type {any} */ row) => ({ name: text(set.name), row: { ...row, device: row?.device ?? body.methods[0]?.device, label: '', setting: '' } })));
  return [...rows, ...references.filter((/** @type {any} */ { name, row }) => !rows.some((/** @type {any} */ one) => one.name === name && one.row?.id === row?.id && one.row?.seed === row?.seed))];
}

/** Rows of a report of `unlearn forget`. Only its last one has a setting. @param {any} body @param {Loaded} loaded */
function rowsOfRun(body, loaded) {
  const last = body.methods.findLast((/** @type {any} */ row) => row?.id === body.request?.method);
  return body.methods.map((/** @type {any} */ row) => ({
    row: { ...row, device: body.device, setting: row === last ? settingOfParams(row, loaded.methods, body.request.steps) : '', label: loaded.methods.find((one) => one.id === row?.id)?.label ?? '', gap_closed: row === last && row?.id !== 'retrain' ? body.gap_closed : null },
  }));
}

/** The forget set of a run's report; null where the file is none. @param {any} request */
function keyOfRequest(request) {
  if (!request || typeof request !== 'object') return null;
  try {
    return keyOf(requestOf({ forget: request.forget }).forget);
  } catch {
    throw refusal('its request does not say what was forgotten');
  }
}

/**
 * Reads a file's rows.
 * @param {string} content
 * @param {{id: string, name: string}} file `id`: of its content
 * @param {Here} here
 * @returns {OpenedFile}
 */
export function readElsewhere(content, { id, name }, here) {
  const { loaded, known } = here;
  const body = bodyOf(parsed(content), loaded);
  if (!body || typeof body !== 'object' || !Array.isArray(body.methods)) throw refusal('it is neither a table of `unlearn compare` or of this page nor a report of `unlearn forget`');
  checkDataAndModel(body, here);
  const runForget = keyOfRequest(body.request);
  /** @type {{name?: string, row: any}[]} */
  const found = runForget === null ? rowsOfTable(body) : rowsOfRun(body, loaded);
  checkOriginal(found.map(({ row }) => row).filter((row) => row?.id === 'original'), loaded);
  const standard = body.forget_sets?.find?.((/** @type {any} */ set) => set?.name === 'standard')?.sizes?.forget;
  if (number(standard) !== null && standard !== loaded.sizes.forget) throw refusal(t('its standard forget set has {theirs}, the one here {ours}', { theirs: plural(standard, 'row'), ours: plural(loaded.sizes.forget, 'row') }));

  const made = body.created_with ?? {};
  const from = { group: id, file: name, device: text(body.device), version: text(made.version), commit: text(made.git_commit), date: text(made.date) };
  /** @type {CompareRow[]} */
  const rows = [];
  const unnamed = new Set();
  let again = 0;
  for (const { name: set = '', row } of found) {
    // The model that everything begins with is the same here: it was checked, and has its line. What was ranked there is told, to read the others beside.
    if (row?.id === 'original' && !row.ranking) continue;
    const forgetKey = runForget ?? keyOfName(set);
    if (forgetKey === null) {
      unnamed.add(set);
      continue;
    }
    const clean = cleanRow(row, forgetKey, from, name);
    if ([...known, ...rows].some((one) => isSameRun(one, clean))) again += 1;
    else rows.push(clean);
  }
  const notes = [
    ...(again > 0 ? [again === 1 ? t('{rows} of it is in the table already and was left out.', { rows: plural(again, 'row') }) : t('{rows} of it are in the table already and were left out.', { rows: plural(again, 'row') })] : []),
    ...(unnamed.size > 0 ? [t('Left out: the forget set {sets} has a name of its own, which does not say what was forgotten.', { sets: [...unnamed].map((set) => `“${set}”`).join(', ') })] : []),
    ...(here.manifest === null || typeof body.model_manifest_sha256 !== 'string' ? ['Its model is known by name and by Original’s figures, not by hash.'] : []),
    ...(rows.some((row) => !isReference(row.id) && row.forget.jsd != null) ? ['Its distances were measured against the Retrain of that device.'] : []),
  ];
  if (rows.length === 0) throw refusal(again > 0 && unnamed.size === 0 ? 'every row of it is in the table already' : notes.slice(0, 2).join(' ') || 'it has no rows', 'Nothing to do, unless another file was meant.');
  return { id, name, rows, notes };
}
