// @ts-check
// Puts the page together: engine, script interface, state, views.

import '../platform/require-guard.js';
import { createApi } from '../api/api.js';
import { createEngine } from '../engine/host.js';
import { mountData } from '../features/data/view.js';
import { mountChoose } from '../features/forget/choice-view.js';
import { mountMethod } from '../features/forget/method-view.js';
import { mountLive } from '../features/forget/progress-charts.js';
import { mountResult } from '../features/forget/result-view.js';
import { mountRun } from '../features/forget/run-view.js';
import { mountGameFrame } from '../features/game/frame.js';
import { watchPrivacy } from '../features/privacy/actions.js';
import { mountTourFrame } from '../features/tour/frame.js';
import { mountUpdate } from '../features/privacy/update-notice.js';
import { asSentence, errorInfo } from '../platform/errors.js';
import { firstLanguage, keepLanguage, useLanguage } from '../ui/language.js';
import { nextTask } from '../ui/next-task.js';
import { translatePage } from '../ui/page-words.js';
import { mountTerms } from '../ui/term.js';
import { t } from '../ui/words.js';
import { createActions } from './actions.js';
import { wishesOf } from './address.js';
import { syncAddress } from './address-sync.js';
import { guardTab } from './at-stake.js';
import { mountBroken } from './broken.js';
import { createDispatch } from './dispatch.js';
import { createDrawing } from './draw.js';
import { createEffects } from './effects.js';
import { mountEmbed } from './embed.js';
import { mountHeader } from './header.js';
import { createQuestions } from './question.js';
import { watchStall } from './stall.js';
import { createStore } from './store.js';
import { addStyleSheet } from './style-sheets.js';
import { mountTabs } from './tabs.js';
import { mountTitle } from './title.js';

/** @param {string} selector */
function at(selector) {
  const el = document.querySelector(selector);
  if (!(el instanceof HTMLElement)) throw new Error(`index.html has no ${selector}`);
  return el;
}

const drawing = createDrawing();
const store = createStore(drawing.draw, (draw) => requestAnimationFrame(() => nextTask(draw)));
const privacy = watchPrivacy(store);
const began = performance.now();
/** @type {import('./actions.js').Actions | null} */
let made = null;
const dispatch = createDispatch(store, createEffects(store, () => made));
const engine = createEngine(dispatch, wishesOf(location.href).data);
const ready = engine.start();
const api = createApi(engine, ready, dispatch);
const ask = createQuestions(() => at('#question-dialog'));
const actions = (made = createActions(store, api, ask));
Object.defineProperty(window, 'unlearnLab', { value: Object.freeze(api), enumerable: true });

/** Puts everything that is in view into a language. @param {import('../ui/words.js').Language} chosen */
async function speak(chosen) {
  await useLanguage(chosen);
  translatePage();
}
// Nothing is drawn before its words are there; the engine comes meanwhile.
if (firstLanguage().id !== 'en') await speak(firstLanguage());
/** @param {import('../ui/words.js').Language} chosen */
async function changeLanguage(chosen) {
  keepLanguage(chosen);
  await speak(chosen);
  mountTerms();
  showVersion();
  dispatch({ type: 'language.changed' });
  store.invalidate();
}

drawing.add(
  mountBroken(at('#broken')),
  mountTabs(at('#tabs'), { forget: at('#panel-forget'), compare: at('#panel-compare'), attacks: at('#panel-attacks'), models: at('#panel-models'), runs: at('#panel-runs'), you: at('#panel-you') }),
  mountData(at('#data'), at('#terms'), at('#items'), actions),
  mountHeader(at('#badge'), at('#theme'), at('#language'), actions, (chosen) => void changeLanguage(chosen)),
  mountChoose(at('#what .view'), actions),
  mountMethod(at('#how .view'), actions),
  mountRun(at('#run .view'), at('#dock'), at('#say'), actions),
  mountLive(at('#live'), actions),
  mountResult(at('#result .view'), actions),
  mountUpdate(at('#update'), privacy),
  mountTitle(),
);
store.watch(guardTab(store.state));
watchStall(store);
store.watch(mountGameFrame(at('#game-open')));
store.patch('game', { open: document.documentElement.dataset.game === 'open' });
at('#game-open').addEventListener('click', actions.openGame);
store.watch(mountTourFrame(at('#tour')));
at('#tour-open').addEventListener('click', () => actions.openTour());
for (const opener of ['#privacy-open', '#private']) at(opener).addEventListener('click', () => privacy.open());
mountTerms();
const showVersion = () => (at('#version').textContent = t('Version {version}', { version: PAGE_VERSION }));
showVersion();

document.addEventListener('unlearn-lab:theme', (event) => {
  store.patch('view', { theme: /** @type {CustomEvent} */ (event).detail, scheme: store.state.view.scheme + 1 });
});
document.dispatchEvent(new Event('unlearn-lab:theme-changed'));

ready.then(
  (loaded) => {
    void engine.dataset().then((key) => actions.offerData(key));
    dispatch({ type: 'page.ready', seconds: (performance.now() - began) / 1000 });
    const { model, ...place } = wishesOf(location.href);
    actions.begin(loaded, place);
    actions.viewComparison(place);
    // The offline copy comes when the engines have what they need.
    void engine.offerGpu().then(() => privacy.keep());
    void actions.findInterrupted();
    void actions.findOwn();
    if (model) void actions.useStoredModel(model);
  },
  (error) => {
    console.error(asSentence(errorInfo(error).message));
    dispatch({ type: 'page.failed', error });
  },
);
const column = at('.setup');
new ResizeObserver(() => column.style.setProperty('--setup-height', `${column.offsetHeight}px`)).observe(column);
const address = syncAddress(store, actions);
drawing.add(address.draw, mountEmbed(/** @type {HTMLAnchorElement} */ (at('#embed-full'))));
for (const event of ['hashchange', 'popstate']) window.addEventListener(event, address.follow);
address.follow();

/**
 * A tab that is loaded when it is first looked at.
 * @param {'compare' | 'attacks' | 'models' | 'runs' | 'you'} tab
 * @param {(host: HTMLElement) => Promise<import('./draw.js').View>} mount
 */
function laterTab(tab, mount) {
  const panel = at(`#panel-${tab}`);
  const failed = () => (panel.textContent = t('This part of the page could not be loaded. Check the connection to this site, then load the page again.'));
  drawing.later((state) => state.tab === tab, async () => {
    const [view] = await Promise.all([mount(panel), addStyleSheet(`./${tab}.css`)]);
    panel.replaceChildren();
    return view;
  }, { come: store.invalidate, failed });
}
laterTab('compare', async (panel) => (await import('../features/compare/view.js')).mountComparison(panel, at('#say'), actions));
laterTab('attacks', async (panel) => (await import('../features/attacks/view.js')).mountAttacks(panel, at('#say'), actions));
laterTab('models', async (panel) => (await import('../features/models/view.js')).mountModels(panel, actions));
laterTab('runs', async (panel) => (await import('../features/history/view.js')).mountHistory(panel, actions));
laterTab('you', async (panel) => (await import('../features/you/view.js')).mountYou(panel, actions));
/** A dialog that could not be loaded. Browsers remember a script that did not come: only a fresh page asks for it again. */
async function notLoaded() {
  if (await ask({ title: t('This part of the page could not be loaded.'), text: t('Check the connection to this site, then load the page again.'), no: t('Stay here'), yes: t('Load it again') })) location.reload();
}
drawing.later(({ prompt }) => prompt !== null, async () => {
  const [{ mountPrompt }] = await Promise.all([import('../features/prompt/view.js'), addStyleSheet('./prompt.css')]);
  return mountPrompt(at('#prompt-dialog'), actions);
}, { come: store.invalidate, failed() {
  store.put('prompt', null);
  void notLoaded();
} });
drawing.later((state) => state.privacy.open, async () => {
  const [{ mountPrivacy }] = await Promise.all([import('../features/privacy/view.js'), addStyleSheet('./privacy.css')]);
  return mountPrivacy(at('#privacy-dialog'), privacy);
}, { come: store.invalidate, failed() {
  privacy.close();
  void notLoaded();
} });
drawing.later(({ game }) => game.open, async () => {
  const [{ mountGame }] = await Promise.all([import('../features/game/view.js'), addStyleSheet('./game.css')]);
  return mountGame(at('#game .view'), at('#dock'), { store, api, actions });
}, { come: store.invalidate, failed() {
  actions.leaveGame();
  void notLoaded();
} });
drawing.later(({ tour }) => tour.open, async () => {
  const [{ mountTour }] = await Promise.all([import('../features/tour/view.js'), addStyleSheet('./tour.css')]);
  return mountTour(at('#tour'), at('#dock'), { store, actions });
}, { come: store.invalidate, failed() {
  actions.leaveTour();
  void notLoaded();
} });
drawing.later(({ run }) => run.moments.list.length > 0, async () => {
  // Its style is in the page's own sheet: another one would have everything styled anew, in the middle of a run.
  const { mountViews } = await import('../features/views/view.js');
  return mountViews(at('#views'), actions, store.invalidate);
}, { come: store.invalidate, failed: () => at('#views').remove() });
// Below the lab: it comes before it is scrolled to.
let nearArticle = false;
new IntersectionObserver((entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  nearArticle = true;
  store.invalidate();
}, { rootMargin: '50% 0px' }).observe(at('#article'));
drawing.later(({ boot }) => nearArticle && boot.status === 'ready', async () => {
  const [{ mountArticle }] = await Promise.all([import('../features/tour/article.js'), addStyleSheet('./article.css')]);
  return mountArticle(at('#article .view'), actions);
}, { come: store.invalidate, failed: () => at('#article').remove() });
store.invalidate();
