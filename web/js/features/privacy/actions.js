// @ts-check
// What the dialog “Privacy” and the word about a new version do: the list of requests, the network's state, the offline copy.

import { whyNot } from '../../app/selectors.js';
import { note, onRequests, requests } from '../../platform/request-log.js';
import { observeRequests } from '../../platform/request-observer.js';

/** @typedef {import('../../types.d.ts').State} State */

/** Whether something goes on that loading the page again would end. @param {State} state */
export const isBusy = (state) => state.boot.status !== 'error' && whyNot(state, 'update') !== '';

/** @param {import('../../app/store.js').Store} store */
export function watchPrivacy(store) {
  onRequests(() => store.patch('privacy', { seen: requests().length }));
  const navigation = performance.getEntriesByType('navigation')[0];
  if (navigation) {
    const { transferSize, encodedBodySize, workerStart } = /** @type {PerformanceNavigationTiming} */ (navigation);
    note([{ url: location.href, at: performance.timeOrigin, bytes: transferSize, size: encodedBodySize, from: transferSize > 0 ? 'network' : workerStart > 0 ? 'offline copy' : 'cache', by: 'page' }]);
  }
  observeRequests('page', note);
  navigator.serviceWorker?.addEventListener('message', ({ data }) => data?.requests && note(data.requests));
  const network = () => store.patch('privacy', { online: navigator.onLine });
  addEventListener('online', network);
  addEventListener('offline', network);

  /** @param {Partial<State['offline']>} patch */
  const tell = (patch) => store.patch('offline', patch);
  return {
    open: () => store.patch('privacy', { open: true }),
    close: () => store.patch('privacy', { open: false }),
    /** Has the offline copy made; never rejects, the dialog tells. */
    async keep() {
      const { startOffline } = await import('../../platform/offline-copy.js');
      await startOffline(tell);
    },
    async keepAll() {
      tell({ filling: true });
      const { keepAll } = await import('../../platform/offline-copy.js');
      await keepAll(tell);
      tell({ filling: false });
    },
    later: () => tell({ later: true }),
    /** Takes the new version into use; not while something goes on that this would end. */
    async use() {
      if (isBusy(store.state)) return;
      store.put('leaving', true);
      const { useUpdate } = await import('../../platform/offline-copy.js');
      await useUpdate();
    },
  };
}

/** @typedef {ReturnType<typeof watchPrivacy>} Privacy */
