// @ts-check
// A run is started, steered and gone on with; its result is taken along.

import { optionsOf, whyNot } from '../../app/selectors.js';
import { choiceOf, forgetOf } from '../../engine/forget-spec.js';
import { errorInfo } from '../../platform/errors.js';
import { t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').PastRequest} PastRequest */
/** @typedef {import('../../types.d.ts').State} State */

/** @param {import('../../app/actions.js').Context} context */
export function forgetActions({ store, api, actions, ask }) {
  const { state } = store;

  /** An error that came before the run had begun. @param {unknown} error */
  const failed = (error) => {
    const info = errorInfo(error);
    if (state.run.status !== 'cancelled') store.patch('run', { status: 'error', error: info });
  };

  /** Files of the last run; what goes wrong is told beside the result. @param {() => Promise<import('../../types.d.ts').NamedBytes[]>} read */
  const filesOf = async (read) => {
    try {
      return await read();
    } catch (error) {
      store.patch('result', { notice: errorInfo(error) });
      return [];
    }
  };

  return {
    async start() {
      const options = optionsOf(state);
      if (!options || whyNot(state, 'start')) return;
      store.patch('result', { notice: null });
      await api.run(options).catch(failed);
    },
    pause: () => api.pause(),
    resume: () => api.resume(),
    step: () => (state.run.paused ? api.step() : api.pause()),
    cancel() {
      store.patch('run', { cancelling: true });
      api.cancel();
    },
    async trainRetrain() {
      const forget = state.result.report?.request?.forget ?? forgetOf(state.choice);
      if (!forget || whyNot(state, 'retrain')) return;
      await api.retrain({ forget, seed: state.setup.seed, device: state.setup.device }).catch(failed);
    },
    /** Goes on with the run that ended in the middle. */
    async continueRun() {
      const { interrupted } = state;
      if (!interrupted || whyNot(state, 'continue')) return;
      store.patch('result', { notice: null });
      store.put('interrupted', null);
      // The engine is asked about what will go before it is busy with the run.
      const choice = choiceOf(interrupted.request.forget);
      if (choice && interrupted.dataset === state.data.key) {
        store.patch('choice', choice);
        if (choice.user != null) void actions().loadUser(choice.user);
        actions().price(0);
      }
      try {
        await api.continueRun(interrupted.id);
      } catch (error) {
        failed(error);
        await api.interrupted();
      }
    },
    async discardRun() {
      const { interrupted } = state;
      if (!interrupted || !(await ask({ title: t('Discard the run?'), text: t('It was ended at step {step}. What is kept of it is deleted from this device.', { step: interrupted.step }), yes: t('Discard') }))) return;
      await api.discardRun(interrupted.id);
    },
    /** Looks for a run that ended in the middle, once nothing else is to be done. */
    findInterrupted: () => api.interrupted(),
    /** A request of this session once more, with the same settings and seed. @param {PastRequest} one */
    async replay(one) {
      const mark = (/** @type {PastRequest['again']} */ again, /** @type {PastRequest['again']} */ was) =>
        store.put('pastRequests', state.pastRequests.map((other) => (other.forget === one.forget && other.adapter === one.adapter && other.again === was ? { ...other, again } : other)));
      mark('busy', one.again);
      const device = one.device === 'gpu' ? 'webgpu' : 'cpu';
      await api.run({ method: one.method, params: one.params, forget: one.forget, seed: one.seed, steps: one.steps ?? undefined, device }).catch(() => mark(null, 'busy'));
    },
    async reset() {
      const what = state.result.report ? t('the adapter and the figures of the run on {label}', { label: state.result.label }) : t('the figures of this session');
      if (!(await ask({ title: t('Reset?'), text: t('This drops {what}{more}. Figures can be brought back afterwards, an adapter cannot: save what you want to keep first.', { what, more: state.compare.rows.length > 0 ? t(', and the rows of the comparison') : '' }), yes: t('Reset') }))) return;
      const { run, result, attacks, compare } = state;
      try {
        await api.reset();
        store.put('dropped', { run, result, attacks, rows: compare.rows, beside: compare.beside });
      } catch (error) {
        store.patch('result', { notice: errorInfo(error) });
      }
    },
    /** Brings back what the last reset dropped of figures; the adapter went with the engine's memory of it. */
    undoReset() {
      const { dropped } = state;
      if (!dropped || whyNot(state, 'choose')) return;
      const { run, result, attacks, rows, beside } = dropped;
      store.put('dropped', null);
      store.put('run', run);
      store.put('result', { ...result, lost: true });
      store.put('attacks', attacks);
      store.patch('compare', { rows, beside });
    },
    /** A part of the result was taken along. */
    resultSaved: () => store.patch('result', { saved: true }),
    /** The forgetting report of the last run, as files. */
    record: () => filesOf(api.record),
    adapter: () => filesOf(async () => (state.result.kept ? (await import('../../platform/run-history.js')).readAdapter(state.result.kept.id) : api.adapter())),
    /** Stores the model with the last run's adapter in its weights. */
    async merge() {
      const { report } = state.result;
      const mine = () => state.result.report === report;
      store.patch('result', { merged: '', notice: null });
      try {
        const { name } = await api.mergeModel();
        if (mine()) store.patch('result', { merged: name, saved: true });
      } catch (error) {
        if (mine()) store.patch('result', { merged: null, notice: errorInfo(error) });
      }
    },
    /** How figures are shown. @param {Partial<State['view']>} patch */
    view: (patch) => store.patch('view', patch),
  };
}
