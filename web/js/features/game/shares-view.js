// @ts-check
// All pairs of a person: how often each model puts the liked one first, and what forgetting has changed, here and for somebody else.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { count, duration, percent } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Bar, Button, ErrorBox, progressbar } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { canForget } from './play.js';
import { outcomeText, ruleText, scoreText, wordsOf } from './words.js';

/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('./play.js').Play} Play */

/** A heading that has the focus when it comes. @param {{id: string, text: string}} props */
export function Arriving({ id, text }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => ref.current?.focus(), []);
  return h('h2', { id, ref, tabIndex: -1 }, text);
}

/** @param {{kind: string, label: string, share: number | null, note?: string}} props */
const Share = ({ kind, label, share, note = '' }) =>
  h('div', { class: `share ${kind}` }, h('dt', null, label, note && h('span', { class: 'muted' }, ` ${note}`)), h('dd', null, h('span', { class: 'share-bar', 'aria-hidden': 'true' }, h('i', { style: { width: `${(share ?? 0) * 100}%` } })), h('b', null, percent(share))));

/** @param {{scene: GameScene, after: boolean}} props `after`: whether what forgetting has changed is told */
function Shares({ scene, after }) {
  const { shares } = scene;
  const { item, person } = wordsOf(scene);
  const { others } = scene;
  return h(
    'figure',
    { class: 'shares' },
    h('figcaption', null, t('All {pairs} pairs of this {person}: a {item} they liked and one they did not. How often the liked one comes first; a coin would be right in half.', { pairs: count(shares.pairs), person: t(person), item: t(item) })),
    h(
      'dl',
      { class: 'mine' },
      h(Share, { kind: 'original', label: after ? t('The model before') : t('The model'), share: shares.before }),
      after && h(Share, { kind: 'unlearned', label: t('The model now'), share: shares.after }),
      h(Share, { kind: 'retrain', label: t('A model that never saw them'), note: t('(expected)'), share: shares.expected }),
    ),
    after && [
      h('p', { key: 'other', class: 'others' }, h('b', null, t('And everyone else? ')), t('The other {length} people whom the rule drew, {pairs} pairs of theirs{more}:', { length: count(others.users.length), pairs: count(others.pairs), more: others.same == null ? '' : t('; {same} stand in the same order as before', { same: percent(others.same) }) })),
      h('dl', { key: 'shares', class: 'theirs' }, h(Share, { kind: 'original', label: t('The model before'), share: others.before }), h(Share, { kind: 'unlearned', label: t('The model now'), share: others.after, note: others.after == null ? t('(being asked)') : '' })),
    ],
  );
}

/** @param {{scene: GameScene}} props */
const Rule = ({ scene }) => h('details', { class: 'rule' }, h('summary', null, t('By which rule?')), ruleText(scene).map((line) => h('p', { class: 'small' }, line)));

/** After the three rounds: the score, all pairs, and the button. @param {{state: State, scene: GameScene, play: Play}} props */
export function Score({ state, scene, play }) {
  const { game } = state;
  const { person } = wordsOf(scene);
  const { title, stranger } = scoreText(scene, game.picks);
  const may = canForget(state);
  return h(
    'section',
    { class: 'score beside', 'aria-labelledby': 'score-title' },
    h(Arriving, { id: 'score-title', text: title }),
    h('p', null, t('{stranger} What the model knows here is not taste, it is this person: their ratings were among those that it learned from. This {person} and these pairs were picked because that shows there; of all their pairs, the bars tell.', { stranger, person: t(person) })),
    h(Shares, { scene, after: false }),
    h(Rule, { scene }),
    h(ErrorBox, { error: game.error }),
    h(
      'div',
      { class: 'buttons' },
      h(Button, { label: t('Forget this {person}', { person: t(person) }), kind: 'primary go-on', disabled: !may, onClick: play.forget }),
      h('span', { class: 'small muted', role: 'status' }, may ? (game.source === 'live' ? t('It happens in this tab, and takes seconds on most devices.') : t('The model is not here yet: a recorded run is shown.')) : t('Something else goes on in the lab below: it has to end first.')),
    ),
  );
}

/** While it forgets. @param {{state: State, scene: GameScene, play: Play}} props */
export function Forgetting({ state: { run }, scene, play }) {
  const share = run.status === 'done' ? 1 : run.left == null || run.elapsed + run.left === 0 ? 0 : run.elapsed / (run.elapsed + run.left);
  const left = run.paused ? t('paused in the lab below') : run.status === 'running' && run.left != null ? t('about {left} left', { left: duration(Math.max(run.left, 0.1)) }) : run.status === 'done' ? t('asking the model again') : t('getting ready');
  return h(
    'section',
    { class: 'score', 'aria-labelledby': 'score-title' },
    h(Arriving, { id: 'score-title', text: t('The model forgets {person} {user}.', { person: t(wordsOf(scene).person), user: scene.user }) }),
    h('p', null, t('Their {ratings} ratings go, those of {people} other people stay. The model learns, in this tab, to answer about them as one that never saw them.', { ratings: scene.ratings, people: count(scene.people - 1) })),
    h('div', { class: 'forgetting' }, h(Bar, { share, about: progressbar(t('Forgetting'), share) }), h('span', { class: 'small muted' }, left)),
    h('div', { class: 'buttons' }, h(Button, { label: t('Cancel'), glyph: 'stop', disabled: run.cancelling || run.status !== 'running', onClick: play.cancel })),
  );
}

/** The end: what is gone, what stayed, and where it goes on. @param {{state: State, scene: GameScene, play: Play}} props */
export function Outcome({ state, scene, play }) {
  const { game } = state;
  const { person } = wordsOf(scene);
  return h(
    'section',
    { class: 'score beside', 'aria-labelledby': 'score-title' },
    h(Arriving, { id: 'score-title', text: outcomeText(scene) }),
    h(Shares, { scene, after: true }),
    h('p', null, t('What was asked for: not a model that is wrong about this {person}, but one that does not know them.', { person: t(person) })),
    h('p', { class: 'small muted' }, t('{took} In the lab below, the share is called AUC, and the method E2URec. The ratings are still in the file; what is gone is what the model had learned from them.', { took: game.run?.report ? t('It took {seconds} on this device, measuring included.', { seconds: duration(game.run.seconds) }) : game.run ? t('This was a recorded run: {seconds} on {device}.', { seconds: duration(game.run.seconds), device: game.run.device }) : '' })),
    h(
      'div',
      { class: 'buttons' },
      game.run?.report && h(Button, { label: t('How do we know?'), kind: 'primary go-on', onClick: play.toResult }),
      game.waiting && h(Button, { label: t('Do it live'), kind: 'primary', disabled: !canForget(state), onClick: play.forgetLive }),
      h(Button, { label: t('Take the tour'), onClick: play.toTour }),
      h(Button, { label: t('Could it be undone?'), onClick: play.toAttacks }),
      h(Button, { label: t('Play again'), onClick: play.restart }),
    ),
  );
}
