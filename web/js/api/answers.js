// @ts-check
// What the models can be asked without a run: prices, people, recommendations, prompts; and the files of the last run.

import { requestOf, requireInteger, requireObject } from './validate.js';

/** @param {import('./session.js').Session} session */
export function createAnswers(session) {
  const { engine, ready } = session;
  return {
    /** What a run would forget and cost; nothing is run. @param {import('./types.d.ts').RunOptions} options */
    async select(options) {
      const request = requestOf(options);
      await ready;
      return engine.send(await engine.resolve(options.device ?? 'auto'), { type: 'select', request }, 'selection');
    },
    /** A user's ratings with p(Yes) before and after. @param {number} user */
    async user(user) {
      requireInteger('user', user, 0);
      await ready;
      return engine.send(session.reader(), { type: 'user', user }, 'user');
    },
    /** The k best unseen items of a user, before and after the last run. @param {{user: number, k?: number}} options */
    async recommend(options) {
      const { user, k = 10 } = requireObject(options);
      requireInteger('user', user, 0);
      requireInteger('k', k, 1);
      await ready;
      return engine.send(session.reader(), { type: 'recommend', user, k }, 'recommendations');
    },
    /** What the models read of a person and an item, and how they answer, before and after the last run. @param {{user: number, item: number}} options */
    async explain(options) {
      const { user, item } = requireObject(options);
      requireInteger('user', user, 0);
      requireInteger('item', item, 0);
      await ready;
      const { title, before, after } = await engine.send(session.reader(), { type: 'explain', user, item }, 'prompt');
      return { user, item, title, before, after };
    },
    /** The adapter of the last run, in PEFT's layout. */
    async adapter() {
      await ready;
      return (await engine.send(session.reader(), { type: 'adapter' }, 'adapter')).files;
    },
    /** The forgetting report of the last run: `report.json`, sealed by its own hash, and `report.html`, a page to be printed. */
    async record() {
      return (await engine.send(session.reader(), { type: 'record', made: new Date().toISOString() }, 'record')).files;
    },
  };
}
