// @ts-check
// What marks a family of methods in the map, its legend and beside a name: a shape, and a colour of its own, so that neither has to be seen.

import { h } from '../../ui/h.js';
import { isReference } from './rows.js';

/** Around 0, 0, of about equal area. @type {Record<string, string>} */
const SHAPES = {
  paper: 'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z',
  ascent: 'M0-7L7 5.4H-7z',
  teacher: 'M-5.3-5.3H5.3V5.3H-5.3z',
  inner: 'M0-7.4L7.4 0L0 7.4L-7.4 0z',
  exact: 'M-2.4-7H2.4V-2.4H7V2.4H2.4V7H-2.4V2.4H-7V-2.4H-2.4z',
  original: 'M-4-6H4L7 0L4 6H-4L-7 0z',
  retrain: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  // A family that this page does not know yet.
  other: 'M0 7L-7-5.4H7z',
};

/** The family of a line: Original and Retrain are one each. @param {string} id @param {import('../../types.d.ts').MethodEntry[]} methods */
export const familyOf = (id, methods) => (isReference(id) ? id : methods.find((method) => method.id === id)?.family ?? 'other');

/** @param {string} family */
export const shapeOf = (family) => SHAPES[family] ?? SHAPES.other;

/** @param {string} family */
export const familyClass = (family) => `family-${Object.hasOwn(SHAPES, family) ? family : 'other'}`;

/** The mark of a family in a text. @param {{family: string, hollow?: boolean}} props */
export const FamilyMark = ({ family, hollow = false }) => h('svg', { class: `mark-shape ${familyClass(family)}${hollow ? ' hollow' : ''}`, viewBox: '-9 -9 18 18', width: 14, height: 14, 'aria-hidden': 'true' }, family === 'retrain' && h('circle', { class: 'around', r: 7 }), h('path', { d: shapeOf(family) }));
