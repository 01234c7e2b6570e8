// @ts-check
// Attacks are priced, set and made.

import { errorInfo } from '../../platform/errors.js';

/** @param {import('../../app/actions.js').Context} context */
export function attackActions({ store, api }) {
  const { state } = store;

  /** Looks which attacks there are, and what they will cost. */
  async function priceAttacks() {
    const { params } = state.attacks;
    try {
      const offers = await api.attackTable({ params });
      if (params === state.attacks.params) store.patch('attacks', { offers });
    } catch (error) {
      store.patch('attacks', { error: errorInfo(error) });
    }
  }

  return {
    priceAttacks,
    /** @param {string} id @param {string} key @param {number} value */
    attackParam(id, key, value) {
      const { params } = state.attacks;
      store.patch('attacks', { params: { ...params, [id]: { ...params[id], [key]: value } }, error: null });
      void priceAttacks();
    },
    /** @param {string[]} [attacks] all if left out */
    async attack(attacks) {
      await api.attack({ attacks, params: state.attacks.params }).catch((error) => {
        const info = errorInfo(error);
        if (info.code !== 'cancelled') store.patch('attacks', { error: info });
      });
    },
  };
}
