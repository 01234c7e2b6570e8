// @ts-check
// Puts the page together: engine, script interface, state, views.

import { createActions, watch } from './actions.js';
import { createApi } from './api.js';
import { createEngine } from './engine.js';
import { asSentence, troubleOf } from './errors.js';
import { duration } from './format.js';
import { createStore } from './state.js';
import { mountChoose } from './views/choose.js';
import { mountHeader } from './views/header.js';
import { mountLive } from './views/live.js';
import { mountMethod } from './views/method.js';
import { mountResult } from './views/result.js';
import { mountRun } from './views/run.js';

/** @param {string} selector */
function at(selector) {
  const el = document.querySelector(selector);
  if (!(el instanceof HTMLElement)) throw new Error(`index.html has no ${selector}`);
  return el;
}

/** Time that one task may draw for. */
const DRAW_MS = 6;

/** @type {((state: import('./types.d.ts').State) => void)[]} */
const views = [];
const store = createStore(drawAll);
/** Drawing goes on where it stopped, so that no view waits forever. */
let nextView = 0;
let viewsLeft = 0;

/** Draws every view; hands over after a while, so that no task holds the page for long. @param {import('./types.d.ts').State} state */
function drawAll(state) {
  const waiting = viewsLeft > 0;
  viewsLeft = views.length;
  if (!waiting) drawSome(state);
}

/** @param {import('./types.d.ts').State} state */
function drawSome(state) {
  const until = performance.now() + DRAW_MS;
  while (viewsLeft > 0) {
    views[nextView](state);
    nextView = (nextView + 1) % views.length;
    viewsLeft -= 1;
    if (viewsLeft > 0 && performance.now() > until) {
      requestAnimationFrame(() => drawSome(state));
      return;
    }
  }
}

const engine = createEngine({
  onDevice: (status) => store.put('device', status),
  onProgress: (what, done, total) => store.patch('boot', { what: `${what}: ${total > 0 ? Math.round((done / total) * 100) : 0} %`, done, total }),
  onRetrain: () => actions?.price(),
  onLost(kind) {
    if (store.state.result.report && store.state.result.kind === kind) store.patch('result', { lost: true });
  },
});
const began = performance.now();
const ready = engine.start();
/** @type {import('./actions.js').Actions | null} */
let actions = null;
const api = createApi(engine, ready, watch(store, { afterRun: () => actions?.afterRun() }));
actions = createActions(store, api);
Object.defineProperty(window, 'unlearnLab', { value: Object.freeze(api), enumerable: true });

views.push(
  mountHeader(at('#badge'), at('#theme')),
  mountChoose(at('#what .view'), actions),
  mountMethod(at('#how .view'), actions),
  mountRun(at('#run .view'), at('#dock'), at('#say'), actions),
  mountLive(at('#live'), actions),
  mountResult(at('#result .view'), actions),
);
at('#version').textContent = `Version ${PAGE_VERSION}.`;

document.addEventListener('unlearn-lab:theme', (event) => {
  store.patch('view', { theme: /** @type {CustomEvent} */ (event).detail, scheme: store.state.view.scheme + 1 });
});
document.dispatchEvent(new Event('unlearn-lab:theme-changed'));

ready.then(
  (loaded) => {
    store.patch('boot', { status: 'ready', what: `Ready after ${duration((performance.now() - began) / 1000)}` });
    actions?.begin(loaded);
    void engine.offerGpu();
  },
  (error) => {
    const trouble = troubleOf(error);
    console.error(asSentence(trouble.message));
    store.patch('boot', { status: 'error', error: trouble });
  },
);
const column = at('.setup');
new ResizeObserver(() => column.style.setProperty('--setup-height', `${column.offsetHeight}px`)).observe(column);
store.invalidate();
