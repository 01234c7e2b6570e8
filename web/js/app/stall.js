// @ts-check
// Says so when nothing more comes while the page loads: a connection that hangs fails nothing, and would be waited for without a word.

import { msg } from '../ui/words.js';

/** Time without a byte after which the page says so. */
const QUIET_MS = 20_000;
const SAID = msg('Nothing has come for a while. Check the connection to this site, then load the page again.');

/**
 * @param {import('./store.js').Store} store
 * @param {number} [quiet] ms
 */
export function watchStall(store, quiet = QUIET_MS) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let last = '';
  const say = () => store.patch('boot', { what: SAID });
  const follow = () => {
    const { status, done, total } = store.state.boot;
    // When all is here the engine reads it, which takes as long as it takes.
    const waits = status === 'loading' && (total === 0 || done < total);
    const now = waits ? `${done} of ${total}` : '';
    if (now === last) return;
    last = now;
    clearTimeout(timer);
    if (waits) timer = setTimeout(say, quiet);
  };
  store.watch(follow);
  follow();
}
