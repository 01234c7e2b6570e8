// @ts-check
// A person's own ratings: read, decided on, taught to the model, forgotten.

import { optionsOf, whyNot } from '../../app/selectors.js';
import { OWN } from '../../engine/datasets.js';
import { errorInfo } from '../../platform/errors.js';
import { t } from '../../ui/words.js';
import { personOf, rowsOf } from './choices.js';

/** @typedef {import('../../types.d.ts').NamedBytes} NamedBytes */
/** @typedef {import('../../types.d.ts').ShelfSpec} ShelfSpec */

/** Titles that a search shows. */
const FOUND = 8;

/** @param {import('../../app/actions.js').Context} context */
export function youActions({ store, api, actions, ask, mayReplace }) {
  const { state } = store;
  let latest = 0;

  /** @param {NamedBytes[]} files @param {ShelfSpec} spec */
  async function read(files, spec) {
    const mine = ++latest;
    store.patch('you', { files, status: 'busy', error: null });
    try {
      const { shelf, matches, items } = await api.shelf({ files, read: spec });
      if (mine !== latest) return;
      const titles = Object.fromEntries(items.map(({ item, title }) => [item, title]));
      store.patch('you', { status: 'idle', shelf, matches, choices: {}, titles: { ...state.you.titles, ...titles } });
    } catch (error) {
      if (mine === latest) store.patch('you', { status: 'idle', shelf: null, matches: [], choices: {}, error: errorInfo(error) });
    }
  }

  /** @param {(at: number, item: number | null) => [number, number | null]} of */
  const decideOpen = (of) => {
    const open = rowsOf(state.you).filter(({ undecided }) => undecided);
    store.patch('you', { choices: { ...state.you.choices, ...Object.fromEntries(open.map(({ at, match }) => of(at, match.item ?? null))) } });
  };

  return {
    /** @param {File[]} chosen */
    async openShelf(chosen) {
      if (chosen.length === 0) return;
      const files = await Promise.all(chosen.map(async (file) => ({ name: file.webkitRelativePath || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
      await read(files, {});
    },
    /** The same file, read in another way. @param {ShelfSpec} spec */
    readShelfAs: (spec) => read(state.you.files, spec),
    /** What a rating of the file is taken for; null: it is left out. @param {number} at @param {number | null} item @param {string} [title] */
    decide(at, item, title) {
      store.patch('you', { choices: { ...state.you.choices, [at]: item }, ...(item !== null && title && { titles: { ...state.you.titles, [item]: title } }) });
    },
    /** Takes every proposal that is still open. */
    takeProposals: () => decideOpen((at, item) => [at, item]),
    /** Leaves out all that is still open. */
    leaveProposals: () => decideOpen((at) => [at, null]),
    /** Titles of the loaded data. @param {string} query */
    searchTitles: (query) => api.items({ query, limit: FOUND }),
    /** Stars of one's own for an item; 0 takes it off the list. @param {number} item @param {string} title @param {number} stars */
    rate(item, title, stars) {
      const others = state.you.list.filter((one) => one.item !== item);
      const at = state.you.list.findIndex((one) => one.item === item);
      const list = stars === 0 ? others : at < 0 ? [...others, { item, title, stars }] : state.you.list.with(at, { item, title, stars });
      store.patch('you', { list });
    },
    /** Drops the file and the list. */
    clearShelf() {
      latest++;
      store.patch('you', { files: [], shelf: null, matches: [], choices: {}, list: [], status: 'idle', error: null });
    },
    async teach() {
      if (whyNot(state, 'teach') || !(await mayReplace(t('Teach the model your taste'), t('Teach it')))) return;
      // Once taught, the data's key is that of one's own; the way back is to these.
      const base = state.data.key === OWN ? state.you.base : state.data.key;
      store.patch('you', { base, of: base, error: null });
      await api.teach({ person: personOf(state.you), device: state.setup.device }).catch((error) => store.patch('you', { error: errorInfo(error) }));
    },
    /** Forgets the person who was taught. */
    async forgetMe() {
      const user = state.loaded?.taught?.user;
      if (user === undefined || whyNot(state, 'choose')) return;
      actions().choose({ kind: 'person', user });
      const options = optionsOf(state);
      if (options) await api.run(options).catch((error) => store.patch('run', { status: 'error', error: errorInfo(error) }));
    },
    /** The model as it was before, and nothing kept of the person. */
    async unteach() {
      const { base } = state.you;
      if (whyNot(state, 'data') || !(await ask({ title: t('Go back to the model that never saw you?'), text: t('The model that was taught your ratings is dropped, with what was forgotten of it. Your list stays on this page until you clear it or close the tab.'), yes: t('Go back') }))) return;
      await api.load({ data: base }).catch((error) => store.patch('you', { error: errorInfo(error) }));
    },
  };
}
