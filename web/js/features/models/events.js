// @ts-check
// The list of models, or work on one of them, changed.

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const modelEvents = {
  'models.changed': (store, { patch }) => store.patch('models', patch),
};
