// @ts-check
// Finished runs are kept, opened again, compared, deleted; a session is written to a file and read from one. What this needs comes when it is first used.

import { whyNot } from '../../app/selectors.js';
import { idleAttacks, idleRun, noResult } from '../../app/state.js';
import { choiceOf, keyOf, nameOfKept } from '../../engine/forget-spec.js';
import { errorInfo, LabError } from '../../platform/errors.js';
import { bringUp } from '../../ui/bring-up.js';
import { plural } from '../../ui/format.js';
import { save } from '../../ui/save.js';
import { t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').KeptRun} KeptRun */
/** @typedef {import('../../types.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').RunInfo} RunInfo */

/** A larger adapter is not kept with its run: of a language model it takes many megabytes. */
const MOST_ADAPTER = 4e6;

const store = () => import('../../platform/run-history.js');
const records = () => import('./record.js');
const files = () => import('./session-file.js');

/** The page's private folder; rejects where the browser gives none. */
const root = () => import('../../platform/own-files.js').then(({ privateRoot }) => privateRoot());

/** A name that no other run has, and that says when. @param {number} at */
const newId = (at) => `${at}-${[...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** @param {KeptRun} about @param {unknown} error */
const unreadable = (about, error) => new LabError({ code: 'history', message: `the run on ${about.label} cannot be opened: ${errorInfo(error).message}`, kept: 'Your other runs are kept.', todo: 'Delete it from the list.' });

/** @param {import('../../app/actions.js').Context} context */
export function historyActions({ store: page, api, ask, actions, toTab }) {
  const { state } = page;
  const patch = (/** @type {Partial<import('../../types.d.ts').HistoryState>} */ values) => page.patch('history', values);
  /** One thing after another: two runs may end within a moment. @type {Promise<unknown>} */
  let last = Promise.resolve();
  /** @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} what goes wrong is told */
  const inTurn = (work) => {
    const mine = last.then(work).catch((error) => void patch({ error: errorInfo(error), ...(state.history.status === 'busy' && { status: 'error' }) }));
    last = mine;
    return /** @type {Promise<T | undefined>} */ (mine);
  };

  /** The adapter of the run that has just ended, where there is one and it is no burden. @param {Report} report */
  async function adapterOf(report) {
    if (!report.adapter_sha256) return [];
    const found = await api.adapter().catch(() => []);
    const named = found.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) }));
    const weights = named.find(({ name }) => name.endsWith('.safetensors'));
    // By now another run may have ended.
    if (!weights || (await (await import('../../platform/sha256.js')).sha256(weights.bytes)) !== report.adapter_sha256) return [];
    return named.reduce((sum, { bytes }) => sum + bytes.length, 0) <= MOST_ADAPTER ? named : [];
  }

  /** @param {string[]} picked */
  async function readPair(picked) {
    const { readRun } = await store();
    const folder = await root();
    const pair = [];
    for (const id of picked) {
      const about = state.history.list.find((one) => one.id === id);
      if (!about) continue;
      try {
        pair.push({ about, record: (await readRun(folder, id)).record });
      } catch (error) {
        throw unreadable(about, error);
      }
    }
    if (state.history.picked.join() === picked.join()) patch({ pair });
  }

  return {
    /** Keeps a run that has just ended, with what the page shows of it. @param {RunInfo} run @param {Report} report */
    keepRun(run, report) {
      // What is kept is of this moment: by its turn another may have begun.
      const at = Date.now();
      const id = newId(at);
      const now = { ...state };
      patch({ held: id });
      const adapter = adapterOf(report);
      return inTurn(async () => {
        const [{ aboutRun, recordOf }, { keepRun, listRuns, trimRuns }, { whyNotStored }] = await Promise.all([records(), store(), import('../../platform/stored-file.js')]);
        try {
          const folder = await root();
          await keepRun(folder, aboutRun(now, run, report, { id, at }), recordOf(now, report), await adapter);
          patch({ list: await trimRuns(folder, await listRuns(folder)), status: 'ready', unkept: '' });
        } catch (error) {
          console.warn(errorInfo(error).message);
          patch({ unkept: whyNotStored(error) });
        }
      });
    },
    /** Reads the list of kept runs. */
    listRuns() {
      if (state.history.status === 'busy') return undefined;
      patch({ status: 'busy', error: null });
      return inTurn(async () => {
        const { listRuns } = await store();
        patch({ list: await root().then(listRuns, () => []), status: 'ready' });
      });
    },
    /** Shows a kept run in the lab, as it was when it ended. @param {KeptRun} about */
    openRun(about) {
      if (whyNot(state, 'choose')) return undefined;
      return inTurn(async () => {
        const { readRun } = await store();
        const { record } = await root().then((folder) => readRun(folder, about.id)).catch((error) => {
          throw unreadable(about, error);
        });
        if (whyNot(state, 'choose')) return;
        const held = state.history.held === about.id;
        const { report, losses, evals, moments } = record;
        const { request } = about;
        page.put('dropped', null);
        page.put('run', { ...idleRun(), status: 'done', label: nameOfKept(about), losses, evals, moments, every: request.eval_every, elapsed: about.elapsed, left: 0, step: losses.at(-1)?.step ?? 0, forgetKey: keyOf(request.forget) });
        page.put('result', { ...noResult(), report, elapsed: about.elapsed, label: nameOfKept(about), kind: about.device, lost: !held, kept: held ? null : about, saved: true });
        // Its attacks were on its model; those of another are not about it.
        if (!held) page.put('attacks', idleAttacks());
        const choice = about.dataset === state.data.key && !about.own ? choiceOf(request.forget) : null;
        if (choice) actions().choose(choice);
        patch({ error: null, notice: '' });
        toTab('forget');
        setTimeout(() => bringUp('result-title'), 60);
      });
    },
    /** Whether a run is among the two that are compared; the one that was chosen first makes room. @param {string} id @param {boolean} on */
    pickRun(id, on) {
      const others = state.history.picked.filter((one) => one !== id);
      const picked = on ? [...others.slice(-1), id] : others;
      patch({ picked, pair: [], error: null });
      return picked.length === 2 ? inTurn(() => readPair(picked)) : undefined;
    },
    /** @param {KeptRun} about */
    async deleteRun(about) {
      if (!(await ask({ title: t('Delete this run?'), text: t('The run on {label} is deleted from this device, with its report, curves and adapter.', { label: nameOfKept(about) }), yes: t('Delete') }))) return;
      await inTurn(async () => {
        const { deleteRun } = await store();
        await deleteRun(await root(), about.id);
        const { list, picked, held } = state.history;
        patch({ list: list.filter(({ id }) => id !== about.id), picked: picked.filter((id) => id !== about.id), pair: [], held: held === about.id ? null : held, notice: t('The run on {label} was deleted.', { label: nameOfKept(about) }), error: null });
      });
    },
    async deleteRuns() {
      const n = state.history.list.length;
      if (!(await ask({ title: n === 1 ? t('Delete the run?') : t('Delete all {n} runs?', { n }), text: t('Reports, curves and adapters go from this device. What you saved as files stays.'), yes: t('Delete all') }))) return;
      await inTurn(async () => {
        const { deleteRuns } = await store();
        await deleteRuns(await root());
        patch({ list: [], picked: [], pair: [], held: null, notice: t('{runs} deleted.', { runs: plural(n, 'run') }), error: null });
      });
    },
    /** Saves settings and runs as one file. @param {boolean} own whether runs on one's own files are to be in it: they hold what the files call people */
    saveSession: (own) =>
      inTurn(async () => {
        const [{ readRun }, { settingsOf }, { writeSession }] = await Promise.all([store(), records(), files()]);
        const chosen = state.history.list.filter((about) => own || !about.own);
        const runs = [];
        const folder = chosen.length > 0 ? await root() : null;
        for (const { files: _, version, ...about } of chosen) {
          const { record, adapter } = await readRun(/** @type {FileSystemDirectoryHandle} */ (folder), about.id).catch((error) => {
            throw unreadable({ ...about, version, files: [] }, error);
          });
          runs.push({ about, record, adapter });
        }
        const made = new Date().toISOString();
        save(`unlearn-session-${made.slice(0, 10)}.json`, await writeSession(settingsOf(state), runs, { made, page: PAGE_VERSION }), 'application/json');
        if (chosen.includes(/** @type {KeptRun} */ (state.history.list.find(({ id }) => id === state.history.held)))) page.patch('result', { saved: true });
        patch({ notice: t('The session was saved: settings and {runs}.', { runs: plural(runs.length, 'run') }), error: null });
      }),
    /** Adds the runs of a session file to those that are kept, and takes its settings. @param {File} file */
    openSession: (file) =>
      inTurn(async () => {
        patch({ error: null, notice: '' });
        const [{ readSession }, { keepRun, listRuns, trimRuns }] = await Promise.all([files(), store()]);
        const { runs, settings } = await readSession(file);
        const folder = await root();
        const known = new Set((await listRuns(folder)).map(({ id }) => id));
        const fresh = runs.filter(({ about }) => !known.has(about.id));
        for (const { about, record, adapter } of fresh) await keepRun(folder, about, record, adapter);
        const list = await trimRuns(folder, await listRuns(folder));
        const beside = runs.length - fresh.length;
        patch({ list, status: 'ready', notice: t('{runs} added{more}. {settings}', { runs: plural(fresh.length, 'run'), more: beside === 0 ? '' : beside === 1 ? t('; 1 run of the file was here already') : t('; {n} runs of the file were here already', { n: beside }), settings: takeSettings(settings) }) });
      }),
  };

  /** @param {import('../../types.d.ts').SessionSettings} settings @returns {string} what came of it, in a sentence */
  function takeSettings(settings) {
    if (settings.data !== state.data.key || (settings.model !== '' && settings.model !== state.models.using && state.models.using !== '')) return t('Its settings are of {data}{more}, which is not loaded: they were left out. Load that, then open the file again for them.', { data: settings.data, more: settings.model ? t(' with {model}', { model: settings.model }) : '' });
    if (whyNot(state, 'setup')) return t('Its settings were left out, since a run is in progress.');
    const method = state.loaded?.methods.find(({ id }) => id === settings.method);
    if (!method) return t('Its method `{method}` is not known here, so its settings were left out.', { method: settings.method });
    actions().chooseMethod(method.id);
    const params = Object.fromEntries(method.params.flatMap(({ id }) => (settings.params[id] === undefined ? [] : [[id, settings.params[id]]])));
    actions().setup({ params: { ...state.setup.params, ...params }, steps: settings.steps, seed: settings.seed });
    const choice = settings.forget && choiceOf(settings.forget);
    if (choice) actions().choose(choice);
    page.patch('view', { smooth: settings.smooth, histogram: settings.histogram });
    return t('Its settings were taken.');
  }
}
