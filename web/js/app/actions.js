// @ts-check
// What a person can do on the page, feature by feature, in terms of the script interface and the state. Views call these and nothing else.

import { attackActions } from '../features/attacks/actions.js';
import { compareActions } from '../features/compare/actions.js';
import { dataActions } from '../features/data/actions.js';
import { forgetActions } from '../features/forget/actions.js';
import { choiceActions } from '../features/forget/choice-actions.js';
import { historyActions } from '../features/history/actions.js';
import { gameActions } from '../features/game/actions.js';
import { modelActions } from '../features/models/actions.js';
import { promptActions } from '../features/prompt/actions.js';
import { viewActions } from '../features/views/actions.js';
import { tourActions } from '../features/tour/actions.js';
import { youActions } from '../features/you/actions.js';
import { t } from '../ui/words.js';
import { addressOfTab } from './address.js';
import { atStake, listed } from './at-stake.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('../types.d.ts').State} State */
/** What every feature's actions are made of; `actions` are all of them, once they are made. @typedef {{store: Store, api: import('../api/api.js').Api, actions: () => ReturnType<typeof choiceActions>, ask: (question: import('./question.js').Question) => Promise<boolean>, mayReplace: (what: string, yes: string) => Promise<boolean>, toTab: (tab: State['tab']) => void}} Context */

/**
 * @param {Store} store
 * @param {import('../api/api.js').Api} api
 * @param {(question: import('./question.js').Question) => Promise<boolean>} ask before something is lost
 */
export function createActions(store, api, ask) {
  /** Asks before the loaded model is replaced, where something goes with it. @param {string} what what is about to be done @param {string} yes */
  const mayReplace = async (what, yes) => {
    const lost = atStake(store.state);
    return lost.length === 0 || ask({ title: `${what}?`, text: t('This ends {lost}. Save what you want to keep first.', { lost: listed(lost) }), yes });
  };
  /** @param {State['tab']} tab */
  const showTab = (tab) => {
    if (store.state.tab === tab) return;
    store.put('tab', tab);
    window.scrollTo(0, 0);
  };
  /** Goes to a tab, as its link does. @param {State['tab']} tab */
  const toTab = (tab) => {
    if (store.state.tab === tab) return;
    history.pushState(null, '', addressOfTab(location.href, tab));
    showTab(tab);
  };
  const context = { store, api, ask, mayReplace, toTab, actions: () => choice };
  const choice = choiceActions(context);
  return {
    ...choice,
    ...forgetActions(context),
    ...compareActions(context),
    ...attackActions(context),
    ...modelActions(context),
    ...dataActions(context),
    ...promptActions(context),
    ...gameActions(context),
    ...historyActions(context),
    ...viewActions(context),
    ...tourActions(context),
    ...youActions(context),
    /** Lets so many threads share the processor's work; null for as many as suit. @param {number | null} threads */
    async threads(threads) {
      if (!(await mayReplace(t('Change the number of threads'), t('Change')))) return;
      await api.setThreads(threads);
      store.patch('view', { threads });
    },
    /** Shows the tab that the address names. @param {State['tab']} tab */
    showTab,
    tab: toTab,
  };
}

/** @typedef {ReturnType<typeof createActions>} Actions */
