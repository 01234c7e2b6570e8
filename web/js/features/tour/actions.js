// @ts-check
// The tour and its lessons are opened and left; what they do meanwhile is in guide.js, which comes with them.

import { TOUR_STEPS } from '../../app/state.js';

/** @param {import('../../app/actions.js').Context} context */
export const tourActions = ({ store }) => ({
  /** Opens the tour where it was left, or at a step. @param {number | null} [step] */
  openTour: (step = store.state.tour.step) => store.patch('tour', { open: true, lesson: '', step, folded: false }),
  /** @param {string} lesson */
  openLesson: (lesson) => store.patch('tour', { open: true, lesson, folded: false }),
  leaveTour: () => store.patch('tour', { open: false, lesson: '' }),
  /** What an address says of the tour. @param {Pick<import('../../app/address.js').Place, 'tour' | 'lesson'>} place */
  visitTour({ tour, lesson }) {
    const { open } = store.state.tour;
    if (lesson) store.patch('tour', { open: true, lesson });
    else if (tour !== null && tour >= 1 && tour <= TOUR_STEPS + 1) store.patch('tour', { open: true, lesson: '', step: tour - 1 });
    else if (open) store.patch('tour', { open: false, lesson: '' });
  },
});
