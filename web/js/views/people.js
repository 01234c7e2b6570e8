// @ts-check
// The forgotten people one by one, under the model of the last run. Another row's model has to be made again first.

import { personOf, settingOf } from '../compare.js';
import { fill, h, memo, show } from '../dom.js';
import { fixed, percent, plural } from '../format.js';
import { forgetOf, matchingPreset } from '../request.js';
import { troubleOf } from '../errors.js';
import { busy, button, troubleBox } from '../ui.js';

/** @typedef {import('../compare.js').Line} Line */
/** @typedef {import('../types.d.ts').Loaded} Loaded */
/** @typedef {import('../types.d.ts').State} State */
/** @typedef {ReturnType<typeof personOf>} Person */

/** People that are asked for at a time. */
const SOME = 8;

/** People whose ratings a forget set names; null where it does not name people. @param {import('../types.d.ts').ForgetSpec | null} forget @param {Loaded} loaded */
function peopleOf(forget, loaded) {
  if (forget?.users) return forget.users;
  if (forget?.interactions) return [...new Set(forget.interactions.map(([user]) => user))];
  if (forget?.standard) return loaded.users.filter((user) => user.standard).map((user) => user.user);
  return null;
}

/** @param {import('../actions.js').Actions} actions */
export function mountPeople(actions) {
  const title = h('h2');
  const told = h('p');
  const body = h('div', { class: 'panel' });
  const close = button('Close', { kind: 'slim', onClick: () => actions.comparison({ open: null }) });
  const el = h('section', { class: 'card table-card people-card', 'aria-live': 'polite', hidden: true }, h('div', { class: 'head' }, h('div', {}, title, told), close), body);
  /** Retrain's answers, kept from when its model was at hand: by forget set and person. @type {Map<string, Person>} */
  const retrained = new Map();
  /** What is being read, so that an older answer does not overwrite a newer one. */
  let asked = 0;

  /** @param {number[]} users @param {string} key @param {boolean} isRetrain */
  async function read(users, key, isRetrain) {
    const mine = (asked += 1);
    /** @type {{user: number, before: Person, after: Person}[]} */
    const rows = [];
    const draw = (/** @type {Node | null} */ note, /** @type {number} */ rest) => {
      const retrain = (/** @type {number} */ user) => retrained.get(`${key} ${user}`) ?? null;
      const pair = (/** @type {(person: Person) => string} */ text, /** @type {typeof rows[number]} */ row) => [h('td', {}, text(row.before)), h('td', {}, text(row.after)), h('td', { class: 'goal' }, retrain(row.user) ? text(/** @type {Person} */ (retrain(row.user))) : '–')];
      fill(
        body,
        rows.length > 0 &&
          h(
            'div',
            { class: 'scroll wide-table', tabindex: '0', role: 'region', 'aria-label': 'Forgotten people' },
            h(
              'table',
              {},
              h('thead', {}, h('tr', { class: 'groups' }, h('td', { colspan: 2 }), h('th', { scope: 'colgroup', colspan: 3 }, 'AUC on what must go'), h('th', { scope: 'colgroup', colspan: 3 }, 'mean p(Yes)')), h('tr', {}, ['Person', 'ratings', 'before', 'after', 'Retrain', 'before', 'after', 'Retrain'].map((cell) => h('th', { scope: 'col' }, cell)))),
              h('tbody', {}, rows.map((row) => h('tr', {}, h('th', { scope: 'row' }, `User ${row.user}`), h('td', {}, row.before.n), pair((person) => fixed(person.auc), row), pair((person) => percent(person.mean), row)))),
            ),
          ),
        note,
        rest > 0 && button(`Show ${plural(Math.min(rest, SOME), 'more person', 'more people')} of the ${rest} left`, { kind: 'slim start', onClick: () => void more() }),
        rows.length > 0 && !users.some((user) => retrained.has(`${key} ${user}`)) && h('p', { class: 'small muted' }, 'Retrain’s column fills when Retrain has been run here and its row was opened.'),
      );
    };
    const more = async () => {
      const next = users.slice(rows.length, rows.length + SOME);
      for (const user of next) {
        draw(busy(`Asking about user ${user}`), 0);
        try {
          const reply = await actions.rowsOf(user);
          if (mine !== asked) return;
          const [before, after] = [personOf(reply.rows, 'before'), personOf(reply.rows, 'after')];
          if (isRetrain) retrained.set(`${key} ${user}`, after);
          rows.push({ user, before, after });
        } catch (error) {
          if (mine === asked) draw(troubleBox(troubleOf(error)), 0);
          return;
        }
      }
      draw(null, users.length - rows.length);
    };
    await more();
  }

  const draw = memo((/** @type {Line | null} */ line, /** @type {State['last']} */ last, /** @type {Loaded} */ loaded, /** @type {string} */ key, /** @type {boolean} */ running, /** @type {State} */ state) => {
    asked += 1;
    show(el, line != null);
    if (!line) return undefined;
    title.textContent = `${line.preset ? `${line.label}, ${line.preset}` : line.label}: person by person`;
    const entry = loaded.methods.find((method) => method.id === line.id);
    const users = peopleOf(forgetOf(state.choice), loaded);
    told.textContent = '';
    if (running) return fill(body, h('p', { class: 'none' }, 'People can be asked about when the run has ended.'));
    if (!users) return fill(body, h('p', { class: 'none' }, 'This forget set does not name whole people, so there is nobody to list.'));
    const presetOf = (/** @type {NonNullable<State['last']>} */ run) => (entry ? matchingPreset(entry, Object.fromEntries(entry.params.map((param) => [param.id, run.params[param.id] ?? param.default]))) : null);
    const holds = last && last.method === line.id && last.forgetKey === key && (line.id === 'retrain' || settingOf(presetOf(last) ?? '', last.steps) === line.setting);
    if (holds) {
      told.textContent = `The model of seed ${last.seed}, which is the last run. p(Yes) is its belief that the person likes the item.`;
      return void read(users, key, line.id === 'retrain');
    }
    const seed = line.runs.at(-1)?.seed ?? 1;
    const preset = entry?.presets.find((one) => line.setting === one.id || line.setting.startsWith(`${one.id}, `));
    const steps = Number(/, (\d+) steps$/.exec(line.setting)?.[1]) || null;
    return fill(
      body,
      h(
        'div',
        { class: 'offer' },
        h('p', {}, 'Only the model of the last run is kept on this device. This one has to be run again before it can be asked about people.'),
        entry && button(`Run it again, seed ${seed}`, { kind: 'slim', glyph: 'play', onClick: () => void actions.again({ method: entry.id, label: entry.label, setting: line.setting, preset: preset?.id ?? null, params: Object.fromEntries(preset?.params ?? []), seed }, steps) }),
      ),
    );
  });
  return {
    el,
    /** @param {State} state @param {Line[]} lines @param {string} key */
    render(state, lines, key) {
      if (!state.loaded) return;
      const line = lines.find((one) => one.key === state.compare.open) ?? null;
      draw(line, state.last, state.loaded, key, state.run.status === 'running' || state.compare.status === 'running', state);
    },
  };
}
