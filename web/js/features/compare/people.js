// @ts-check
// The forgotten people one by one, under the model of the last run, as a part of a method's card. Another row's model has to be made again first.

import { useEffect, useRef, useState } from 'preact/hooks';
import { forgetOf } from '../../engine/forget-spec.js';
import { matchingPreset } from '../../engine/method-params.js';
import { personLabel, personName } from '../../engine/person-name.js';
import { errorInfo } from '../../platform/errors.js';
import { fixed, percent, plural } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { Busy, Button, ErrorBox } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { personOf } from './person-answers.js';
import { settingOf } from './rows.js';

/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').Choice} Choice */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {ReturnType<typeof personOf>} Answers */
/** @typedef {{user: number, before: Answers, after: Answers}} Person */

/** People that are asked for at a time. */
const SOME = 8;
/** Retrain's answers, kept from when its model was at hand: by forget set and person. @type {Map<string, Answers>} */
const retrained = new Map();

/** People whose ratings a forget set names; null where it does not name people. @param {import('../../types.d.ts').ForgetSpec | null} forget @param {Loaded} loaded */
function peopleOf(forget, loaded) {
  if (forget?.users) return forget.users;
  if (forget?.interactions) return [...new Set(forget.interactions.map(([user]) => user))];
  if (forget?.standard) return loaded.users.filter((user) => user.standard).map((user) => user.user);
  return null;
}

/** @param {{people: Person[], forgetKey: string, loaded: Loaded}} props */
const PeopleTable = ({ people, forgetKey, loaded }) => {
  const cells = (/** @type {Person} */ person, /** @type {(answers: Answers) => string} */ text) => {
    const goal = retrained.get(`${forgetKey} ${person.user}`);
    return [h('td', null, text(person.before)), h('td', null, text(person.after)), h('td', { class: 'goal' }, goal ? text(goal) : '–')];
  };
  return h(
    'div',
    { class: 'scroll wide-table', tabindex: '0', role: 'region', 'aria-label': t('Forgotten people') },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h('tr', { class: 'groups' }, h('td', { colspan: 2 }), h('th', { scope: 'colgroup', colspan: 3 }, t('AUC on what must go')), h('th', { scope: 'colgroup', colspan: 3 }, t('mean p(Yes)'))),
        h('tr', null, [t('Person'), t('ratings'), t('before'), t('after'), t('Retrain'), t('before'), t('after'), t('Retrain')].map((cell) => h('th', { scope: 'col' }, cell))),
      ),
      h('tbody', null, people.map((person) => h('tr', { key: person.user }, h('th', { scope: 'row' }, personLabel(loaded, person.user)), h('td', null, person.before.n), cells(person, (answers) => fixed(answers.auc)), cells(person, (answers) => percent(answers.mean))))),
    ),
  );
};

/** Asks the model of the last run about one person after the other. @param {{users: number[], forgetKey: string, isRetrain: boolean, loaded: Loaded, actions: Actions}} props */
function Answered({ users, forgetKey, isRetrain, loaded, actions }) {
  const [wanted, setWanted] = useState(SOME);
  const [people, setPeople] = useState(/** @type {Person[]} */ ([]));
  const [error, setError] = useState(/** @type {import('../../types.d.ts').ErrorInfo | null} */ (null));
  const next = users[people.length];
  const asking = next !== undefined && people.length < wanted && !error;
  const gone = useRef(false);
  useEffect(() => () => void (gone.current = true), []);
  useEffect(() => {
    if (!asking) return;
    actions.rowsOf(next).then(
      ({ rows }) => {
        if (gone.current) return;
        const [before, after] = [personOf(rows, 'before'), personOf(rows, 'after')];
        if (isRetrain) retrained.set(`${forgetKey} ${next}`, after);
        setPeople((known) => [...known, { user: next, before, after }]);
      },
      (failure) => !gone.current && setError(errorInfo(failure)),
    );
  }, [asking, people.length]);
  const rest = users.length - people.length;
  return [
    people.length > 0 && h(PeopleTable, { people, forgetKey, loaded }),
    asking && h(Busy, { text: t('Asking about {person}', { person: personName(loaded, Number(next)) }) }),
    h(ErrorBox, { error }),
    !asking && !error && rest > 0 && h(Button, { label: t('Show {more_people} of the {rest} left', { more_people: plural(Math.min(rest, SOME), 'more person', 'more people'), rest }), kind: 'slim start', onClick: () => setWanted(people.length + SOME) }),
    people.length > 0 && !users.some((user) => retrained.has(`${forgetKey} ${user}`)) && h('p', { class: 'small muted' }, t('Retrain’s column fills when Retrain has been run here and its row was opened.')),
  ];
}

export const People = memo(
  /** @param {{line: Line, last: State['last'], loaded: Loaded, choice: Choice, forgetKey: string, running: boolean, actions: Actions}} props */
  ({ line, last, loaded, choice, forgetKey, running, actions }) => {
    const entry = loaded.methods.find((method) => method.id === line.id);
    const users = peopleOf(forgetOf(choice), loaded);
    const presetOf = (/** @type {NonNullable<State['last']>} */ run) => (entry ? matchingPreset(entry, Object.fromEntries(entry.params.map((param) => [param.id, run.params[param.id] ?? param.default]))) : null);
    const holds = last && !line.from && last.method === line.id && last.forgetKey === forgetKey && (line.id === 'retrain' || settingOf(presetOf(last) ?? '', last.steps) === line.setting) ? last : null;
    const content = () => {
      if (running) return h('p', { class: 'none' }, t('People can be asked about when the run has ended.'));
      if (!users) return h('p', { class: 'none' }, t('This forget set does not name whole people, so there is nobody to list.'));
      // Another model's answers are asked for anew.
      if (holds) return h(Answered, { key: `${forgetKey} ${line.key} ${JSON.stringify(holds)}`, users, forgetKey, isRetrain: line.id === 'retrain', loaded, actions });
      const seed = line.runs.at(-1)?.seed ?? 1;
      const preset = entry?.presets.find((one) => line.setting === one.id || line.setting.startsWith(`${one.id}, `));
      const steps = Number(/, (\d+) steps$/.exec(line.setting)?.[1]) || null;
      return h(
        'div',
        { class: 'offer' },
        h('p', null, line.from ? t('This model was made elsewhere. It has to be run here before it can be asked about people.') : t('Only the model of the last run is kept on this device. This one has to be run again before it can be asked about people.')),
        entry && h(Button, { label: line.from ? t('Run it here, seed {seed}', { seed }) : t('Run it again, seed {seed}', { seed }), kind: 'slim', glyph: 'play', onClick: () => void actions.runCell({ method: entry.id, label: entry.label, setting: line.setting, preset: preset?.id ?? null, params: Object.fromEntries(preset?.params ?? []), seed }, steps) }),
      );
    };
    return h(
      'div',
      { class: 'by-person', 'aria-live': 'polite' },
      h('h3', null, t('Person by person')),
      holds && !running && users && h('p', { class: 'small muted' }, t('The model of seed {seed}, which is the last run. p(Yes) is its belief that the person likes the item.', { seed: holds.seed })),
      content(),
    );
  },
);
