// @ts-check
// The dialog that shows what the models read is opened and closed.

import { errorInfo } from '../../platform/errors.js';

/** @typedef {import('../../types.d.ts').PromptState} PromptState */

/** @param {import('../../app/actions.js').Context} context */
export function promptActions({ store, api }) {
  const { state } = store;
  return {
    /** @param {number} user @param {number} item */
    async openPrompt(user, item) {
      const shown = /** @type {const} */ ({ user, item, title: '', before: null, after: null, error: null });
      store.put('prompt', { ...shown, status: 'busy' });
      const put = (/** @type {PromptState} */ next) => state.prompt?.user === user && state.prompt.item === item && store.put('prompt', next);
      try {
        const { title, before, after } = await api.explain({ user, item });
        put({ ...shown, status: 'ready', title, before, after: after ?? null });
      } catch (error) {
        put({ ...shown, status: 'error', error: errorInfo(error) });
      }
    },
    closePrompt: () => store.put('prompt', null),
  };
}
