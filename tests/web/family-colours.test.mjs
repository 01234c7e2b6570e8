// The families' colours in the map can be told from each other and from the ground, also by those who see fewer colours; and each has a shape of its own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { shapeOf } from '../../web/js/features/compare/family-mark.js';

const FAMILIES = ['paper', 'ascent', 'teacher', 'inner', 'exact'];
const css = readFileSync(new URL('../../web/css/tokens.css', import.meta.url), 'utf8');
const [light, dark] = css.split(':root[data-theme="dark"] {');
const colour = (sheet, name) => /** @type {string} */ (new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(sheet)?.[1]);

/** Linear RGB. @param {string} hex */
const linear = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
const dot = (row, values) => row.reduce((sum, value, idx) => sum + value * values[idx], 0);
const luminance = (rgb) => dot([0.2126, 0.7152, 0.0722], rgb);
const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

/** What is left of a colour without one kind of cone (Machado et al. 2009, severity 1). */
const SIGHTS = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seen = (sight, rgb) => sight.map((row) => Math.min(1, Math.max(0, dot(row, rgb))));

/** Distance in Oklab, hundredths. */
function distance(a, b) {
  const lab = (rgb) => {
    const lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]].map((row) => Math.cbrt(dot(row, rgb)));
    return [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]].map((row) => dot(row, lms));
  };
  const [x, y] = [lab(a), lab(b)];
  return 100 * Math.hypot(...x.map((value, idx) => value - y[idx]));
}

test('families stand out from the card and from each other, light and dark, for every kind of sight', () => {
  for (const [scheme, sheet] of Object.entries({ light, dark })) {
    const ground = linear(colour(sheet, 'panel'));
    const colours = FAMILIES.map((name) => linear(colour(sheet, `family-${name}`)));
    colours.forEach((rgb, idx) => assert.ok(contrast(rgb, ground) >= 3, `${scheme} ${FAMILIES[idx]}: ${contrast(rgb, ground)}`));
    for (const [kind, sight] of Object.entries(SIGHTS)) {
      colours.forEach((a, idx) => colours.slice(idx + 1).forEach((b, more) => {
        const apart = distance(seen(sight, a), seen(sight, b));
        assert.ok(apart >= 6, `${scheme}, ${kind}: ${FAMILIES[idx]} and ${FAMILIES[idx + 1 + more]} are ${apart} apart`);
      }));
    }
  }
  // The control: a red and a green that many cannot tell apart.
  const [red, green] = [linear('#c2185b'), linear('#0c8577')];
  assert.ok(distance(seen(SIGHTS.deuteranopia, red), seen(SIGHTS.deuteranopia, green)) < 6);
});

test('every family has a shape of its own, and one that is not known yet has one too', () => {
  assert.equal(new Set([...FAMILIES, 'original', 'retrain', 'unheard'].map(shapeOf)).size, 8);
});
