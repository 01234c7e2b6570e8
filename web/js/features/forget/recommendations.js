// @ts-check
// A person's ten best unseen items, before and after, and what moved.

import { useRef } from 'preact/hooks';
import { personLabel } from '../../engine/person-name.js';
import { fixed } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { Term } from '../../ui/term.js';
import { Busy, ErrorBox, PromptButton, Reason } from '../../ui/widgets.js';
import { msg, said, t, tn } from '../../ui/words.js';
import { movementOf, overlapOf } from './rank-changes.js';

/** @typedef {import('../../types.d.ts').Recommendation} Recommendation */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {NonNullable<State['loaded']>} Loaded */

const ARROWS = { same: '=', up: '↑', down: '↓', new: msg('new'), out: msg('out'), unknown: '' };

/** @param {{entry: Recommendation, list: 'before' | 'after', k: number, moved: boolean, onPrompt: () => void}} props */
function Item({ entry, list, k, moved, onPrompt }) {
  const move = movementOf(entry, list, k);
  const shown = moved && move.kind !== 'unknown' && (list === 'after' || move.kind === 'out');
  const arrow = move.kind === 'up' || move.kind === 'down' ? `${ARROWS[move.kind]} ${move.by}` : t(ARROWS[move.kind]);
  return h(
    'li',
    { class: moved ? move.kind : '' },
    h('span', { class: 'rank' }, entry.rank),
    h('div', { style: { minWidth: '0' } }, h('div', { class: 'title', title: entry.title }, entry.title), h('div', { class: 'sub' }, h('span', null, `${fixed(entry.p_yes, 2)} · ${entry.genres.slice(0, 3).map(said).join(', ')}`), h(PromptButton, { title: entry.title, onClick: onPrompt }))),
    shown ? h('span', { class: `move ${move.kind}`, title: move.text }, h('span', { 'aria-hidden': 'true' }, arrow), h('span', { class: 'unseen' }, move.text)) : h('span'),
  );
}

const People = memo(
  /** @param {{loaded: Loaded}} props */
  ({ loaded }) => [...loaded.users, ...loaded.never_learned].sort((a, b) => a.user - b.user).map(({ user }) => h('option', { key: user, value: user }, personLabel(loaded, user))),
);

/** @param {State['recommendations']} recommendations */
function stayedText({ before, after, compared: [compared, candidates] }) {
  const among = compared < candidates ? t(' Among the {compared} most rated of {candidates}: a model of this size answers slowly.', { compared, candidates }) : '';
  return `${after ? t('{n} of {all} stayed in the list.', { n: overlapOf(before, after), all: before.length }) : t('After a run the list after it stands beside this one.')}${among}`;
}

export const Recommendations = memo(
  /** @param {{loaded: State['loaded'], recommendations: State['recommendations'], why: string, actions: import('../../app/actions.js').Actions}} props `why`: why nobody else can be asked about now */
  ({ loaded, recommendations, why, actions }) => {
    const { user, status, before, error } = recommendations;
    /** The last lists stay until the next have come. */
    const last = useRef(recommendations);
    if (status === 'ready' || before.length === 0) last.current = recommendations;
    const shown = last.current;
    const roving = useRoving('button');
    const column = (/** @type {'before' | 'after' | 'now'} */ kind, /** @type {string} */ title, /** @type {Recommendation[]} */ list) =>
      h(
        'div',
        { key: kind, class: kind === 'after' ? 'after' : 'before', style: { minWidth: '0' } },
        h('h4', null, title),
        h('ol', { class: 'top-k' }, list.map((entry) => h(Item, { key: entry.item, entry, list: kind === 'after' ? 'after' : 'before', k: shown.before.length, moved: shown.after != null, onPrompt: () => shown.user != null && void actions.openPrompt(shown.user, entry.item) }))),
      );
    const content = () => {
      if (status === 'error' && error) return h(ErrorBox, { error });
      if (shown.before.length === 0) return status === 'busy' ? h(Busy, { text: t('Asking the model') }) : h('p', { class: 'none' }, t('Choose a person to see what the model recommends.'));
      return shown.after ? h('div', { class: 'lists', ...roving }, column('before', t('Before'), shown.before), column('after', t('After'), shown.after)) : h('div', { class: 'lists single', ...roving }, column('now', t('Now'), shown.before));
    };
    return h(
      'section',
      { class: 'card recs' },
      h(
        'div',
        { class: 'head' },
        h('h3', null, t('Top 10 recommendations')),
        h('label', { class: 'who' }, t('for'), h('select', { class: 'select', 'aria-label': t('Whose recommendations'), 'aria-describedby': why === '' ? undefined : 'why-people', disabled: why !== '' || !loaded, value: user == null ? '' : String(user), onChange: (/** @type {Event} */ event) => void actions.recommend(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value)) }, loaded && h(People, { loaded }))),
      ),
      h(Reason, { id: 'why-people', text: loaded ? why : '' }),
      h('p', { class: 'small muted' }, shown.before.length > 0 && [stayedText(shown), ' ', tn('The number beside each is {p_yes}.', { p_yes: h(Term, { id: 'p_yes' }) })]),
      h('div', null, content()),
    );
  },
);
