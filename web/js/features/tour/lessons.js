// @ts-check
// Lessons: a setting of the standard controls, and what to look for in one sentence. An address names one: `#forget&lesson=too-few-steps`. Pure.

import { msg } from '../../ui/words.js';

/**
 * `preset` of `method`, and then `params`; `steps` null: as many as the method has it; `attack`: what is to be tried on the result.
 * @typedef {{id: string, label: string, method: string, preset: string, steps: number | null, seed: number, params?: Record<string, number>, attack?: string, look: string}} Lesson
 */

/** @type {Lesson[]} */
export const LESSONS = [
  {
    id: 'over-forgetting', label: msg('Over-forgetting'), method: 'e2urec', preset: 'tuned', steps: null, seed: 1, params: { alpha_auto: 0, alpha: 4, scale: 0 },
    look: msg('Press Start and look at the memory meter: with α at 4 and nothing scaled back, a person is forgotten far past the goal, which can itself give them away.'),
  },
  {
    id: 'adapter-dropped', label: msg('Adapter dropped'), method: 'e2urec', preset: 'tuned', steps: null, seed: 1, attack: 'drop',
    look: msg('Press Start, then run “Adapter removed” under “Attacks”: without its adapter the model answers as the original did, since its weights never changed.'),
  },
  {
    id: 'too-few-steps', label: msg('Too few steps'), method: 'e2urec', preset: 'tuned', steps: 2, seed: 1, params: { alpha_auto: 0, scale: 0 },
    look: msg('Press Start and compare the memory meter with a run of the usual length: after two steps the student has hardly begun to follow its teachers.'),
  },
  {
    id: 'published-settings', label: msg('Published settings'), method: 'e2urec', preset: 'published', steps: null, seed: 1,
    look: msg('Press Start and look at the memory meter: the settings that were published for T5-base hardly move a model as small as this one.'),
  },
];

/** @param {string} id */
export const lessonOf = (id) => LESSONS.find((lesson) => lesson.id === id) ?? null;
