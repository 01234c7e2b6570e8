// Citations with their arXiv numbers, and where a popover stands. By hand.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { citationParts } from '../../web/js/ui/cite.js';
import { placeBeside } from '../../web/js/ui/popover.js';
import { METRICS } from '../../web/js/tables/metrics.js';

test('arXiv numbers of a citation lead to arXiv, and nothing else of it anywhere', () => {
  assert.deepEqual(citationParts('Graves et al. 2021, arXiv 2010.10981; Golatkar et al. 2020, arXiv 1911.04933.'), [
    { text: 'Graves et al. 2021, ', href: null },
    { text: 'arXiv 2010.10981', href: 'https://arxiv.org/abs/2010.10981' },
    { text: '; Golatkar et al. 2020, ', href: null },
    { text: 'arXiv 1911.04933', href: 'https://arxiv.org/abs/1911.04933' },
    { text: '.', href: null },
  ]);
  assert.deepEqual(citationParts('Lin 1991'), [{ text: 'Lin 1991', href: null }]);
  assert.deepEqual(citationParts('see https://elsewhere.example, arXiv 1.2'), [{ text: 'see https://elsewhere.example, arXiv 1.2', href: null }]);
  assert.ok(METRICS.some(({ citation }) => citationParts(citation).some(({ href }) => href)));
});

test('every citation of a method’s file that names arXiv is found', () => {
  const folder = new URL('../../crate/core/src/unlearn/methods/', import.meta.url);
  const citations = readdirSync(folder).flatMap((name) => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/citation: "([^"]*arXiv[^"]*)"/g)].map(([, text]) => text));
  assert.ok(citations.length > 20);
  for (const text of citations) assert.equal(citationParts(text).filter(({ href }) => href).length, text.match(/arXiv/g)?.length, text);
});

test('a popover stands below its button, above it where there is no room, always within the window', () => {
  const window = { width: 320, height: 600 };
  const panel = { width: 300, height: 200 };
  const button = (left, top) => ({ left, top, right: left + 24, bottom: top + 24 });
  assert.deepEqual(placeBeside(button(150, 100), panel, window), { left: 12, top: 130 });
  assert.deepEqual(placeBeside(button(296, 500), panel, window), { left: 12, top: 294 }, 'above, and not beyond the right edge');
  assert.deepEqual(placeBeside(button(0, 100), { width: 304, height: 580 }, window), { left: 8, top: 12 }, 'where there is room on neither side it covers its button');
});
