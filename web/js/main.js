// @ts-check
// Puts the page together: engine, script interface, state, views.

import './guarded.js';
import { createActions, watch } from './actions.js';
import { wishesOf } from './address.js';
import { createApi } from './api.js';
import { createEngine } from './engine.js';
import { nextTask } from './dom.js';
import { asSentence, troubleOf } from './errors.js';
import { duration } from './format.js';
import { fetchBytes } from './integrity.js';
import { watchPrivacy } from './privacy.js';
import { createStore } from './state.js';
import { mountTabs } from './views/tabs.js';
import { mountChoose } from './views/choose.js';
import { mountData } from './views/data.js';
import { mountHeader } from './views/header.js';
import { mountLive } from './views/live.js';
import { mountMethod } from './views/method.js';
import { mountResult } from './views/result.js';
import { mountRun } from './views/run.js';
import { mountUpdate } from './views/update.js';

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
const store = createStore(drawAll, (draw) => requestAnimationFrame(() => nextTask(draw)));
const privacy = watchPrivacy(store);
/** Drawing goes on where it stopped, so that no view waits forever. */
let nextView = 0;
let viewsLeft = 0;

/** Draws every view, in as many tasks as it takes and apart from the frame's own layout and paint, so that none holds the page for long. @param {import('./types.d.ts').State} state */
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
      nextTask(() => drawSome(state));
      return;
    }
  }
}

const engine = createEngine({
  onDevice: (status) => store.put('device', status),
  onProgress(what, done, total) {
    if (store.state.data.status === 'busy') store.patch('data', { what, done, total });
    else store.patch('boot', { what: `${what}: ${total > 0 ? Math.round((done / total) * 100) : 0} %`, done, total });
  },
  onPart: () => actions?.price(),
  onLost(kind) {
    if (store.state.result.report && store.state.result.kind === kind) store.patch('result', { lost: true });
    store.put('last', null);
  },
  onReturn: async (loaded) => watcher.onLoaded(loaded, await engine.dataset()),
}, wishesOf(location.href).data);
const began = performance.now();
const ready = engine.start();
/** @type {import('./actions.js').Actions | null} */
let actions = null;
const watcher = watch(store, { afterRun: () => actions?.afterRun(), begin: (loaded) => actions?.begin(loaded) });
const api = createApi(engine, ready, watcher);
actions = createActions(store, api);
Object.defineProperty(window, 'unlearnLab', { value: Object.freeze(api), enumerable: true });

views.push(
  mountTabs(at('#tabs'), { forget: at('#panel-forget'), compare: at('#panel-compare'), attacks: at('#panel-attacks'), models: at('#panel-models') }, actions),
  mountData(at('#data'), at('#terms'), actions),
  mountHeader(at('#badge'), at('#theme')),
  mountChoose(at('#what .view'), actions),
  mountMethod(at('#how .view'), actions),
  mountRun(at('#run .view'), at('#dock'), at('#say'), actions),
  mountLive(at('#live'), actions),
  mountResult(at('#result .view'), actions),
  mountUpdate(at('#update'), privacy),
);
for (const opener of ['#privacy-open', '#private']) at(opener).addEventListener('click', () => privacy.open());
at('#version').textContent = `Version ${PAGE_VERSION}.`;

document.addEventListener('unlearn-lab:theme', (event) => {
  store.patch('view', { theme: /** @type {CustomEvent} */ (event).detail, scheme: store.state.view.scheme + 1 });
});
document.dispatchEvent(new Event('unlearn-lab:theme-changed'));

ready.then(
  (loaded) => {
    void engine.dataset().then((key) => actions?.offerData(key));
    store.patch('boot', { status: 'ready', what: `Ready after ${duration((performance.now() - began) / 1000)}` });
    actions?.begin(loaded);
    // The offline copy comes when the engines have what they need.
    void engine.offerGpu().then(() => privacy.keep());
    void actions?.lookBack();
    const { model } = wishesOf(location.href);
    if (model) void actions?.comeBack(model);
  },
  (error) => {
    const trouble = troubleOf(error);
    console.error(asSentence(trouble.message));
    store.patch('boot', { status: 'error', error: trouble });
  },
);
const column = at('.setup');
new ResizeObserver(() => column.style.setProperty('--setup-height', `${column.offsetHeight}px`)).observe(column);
const followHash = () => {
  const { tab } = wishesOf(location.href);
  if (tab) actions?.tab(tab);
};
window.addEventListener('hashchange', followHash);
followHash();
const acts = /** @type {import('./actions.js').Actions} */ (actions);

/**
 * A part of the page comes when it is first looked at, and is then drawn like the rest.
 * @param {(state: import('./types.d.ts').State) => boolean} wanted
 * @param {() => Promise<(state: import('./types.d.ts').State) => void>} mount
 * @param {() => void} failed
 */
function later(wanted, mount, failed) {
  let asked = false;
  views.push((state) => {
    if (asked || !wanted(state)) return;
    asked = true;
    mount().then(
      (view) => {
        views.push(view);
        store.invalidate();
      },
      () => {
        asked = false;
        failed();
      },
    );
  });
}
const tell = (/** @type {string} */ panel) => () => (at(panel).textContent = 'This part of the page could not be loaded. Check the connection to this site, then choose the tab again.');
later(({ tab }) => tab === 'compare', async () => {
  const [{ mountComparison }] = await Promise.all([import('./views/comparison.js'), styled('./compare.css')]);
  return mountComparison(at('#panel-compare'), at('#say'), acts);
}, tell('#panel-compare'));
later(({ tab }) => tab === 'attacks', async () => {
  const [{ mountAttacks }] = await Promise.all([import('./views/attacks.js'), styled('./attacks.css')]);
  return mountAttacks(at('#panel-attacks'), at('#say'), acts);
}, tell('#panel-attacks'));
later(({ tab }) => tab === 'models', async () => {
  const [{ mountModels }] = await Promise.all([import('./views/models.js'), styled('./models.css')]);
  return mountModels(at('#panel-models'), acts);
}, tell('#panel-models'));
later(({ prompt }) => prompt !== null, async () => {
  const [{ mountPrompt }] = await Promise.all([import('./views/prompt.js'), styled('./prompt.css')]);
  return mountPrompt(acts);
}, () => store.put('prompt', null));
later(({ privacy }) => privacy.open, async () => {
  const [{ mountPrivacy }] = await Promise.all([import('./views/privacy.js'), styled('./privacy.css')]);
  return mountPrivacy(privacy);
}, () => privacy.close());
store.invalidate();

/** A style sheet that the first view does without; without it the part is plain, and works. @param {string} href */
async function styled(href) {
  try {
    const sheet = new CSSStyleSheet();
    await sheet.replace(new TextDecoder().decode(await fetchBytes(href)));
    document.adoptedStyleSheets.push(sheet);
  } catch (error) {
    console.warn(`${href}: ${troubleOf(error).message}`);
  }
}
