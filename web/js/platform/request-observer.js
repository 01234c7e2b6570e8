// @ts-check
// Sees every request of the page, a worker or the service worker as the browser itself records it, and every one that the policy blocked.

/**
 * One request. `bytes` is what came over the network: 0 if the browser or the offline copy had it.
 * @typedef {object} SeenRequest
 * @property {string} url
 * @property {number} at milliseconds since 1970
 * @property {number} bytes
 * @property {number} size of the body, as sent
 * @property {'network' | 'cache' | 'offline copy' | 'blocked'} from
 * @property {string} by who asked
 */

/** @param {PerformanceResourceTiming} entry @param {string} by @returns {SeenRequest} */
function seen(entry, by) {
  const kept = entry.transferSize === 0 && entry.encodedBodySize > 0;
  const from = !kept ? 'network' : entry.workerStart > 0 ? 'offline copy' : 'cache';
  return { url: entry.name, at: performance.timeOrigin + entry.startTime, bytes: entry.transferSize, size: entry.encodedBodySize, from, by };
}

/**
 * @param {string} by who asks
 * @param {(requests: SeenRequest[]) => void} tell
 */
export function observeRequests(by, tell) {
  /** Addresses inside the browser reach nobody. @param {SeenRequest[]} requests */
  const outward = (requests) => requests.filter(({ url }) => !/^(blob|data):/.test(url));
  const pass = (/** @type {SeenRequest[]} */ requests) => requests.length > 0 && tell(requests);
  new PerformanceObserver((list) => pass(outward(list.getEntries().map((entry) => seen(/** @type {PerformanceResourceTiming} */ (entry), by))))).observe({ type: 'resource', buffered: true });
  globalThis.addEventListener('securitypolicyviolation', (event) => {
    const { blockedURI } = /** @type {SecurityPolicyViolationEvent} */ (event);
    pass([{ url: blockedURI, at: Date.now(), bytes: 0, size: 0, from: 'blocked', by }]);
  });
}
