// @ts-check
// The one place where elements come from: Preact, which makes them by `createElementNS` and text nodes, and sets styles through CSSOM. So neither markup
// in strings nor inline styles occur, which the page's policy forbids.

import { Component, h as create, Fragment, render } from 'preact';
import { language } from './words.js';

/** @typedef {import('./types.d.ts').CreateNode} CreateNode */

export const h = /** @type {CreateNode} */ (/** @type {unknown} */ (create));
export { Fragment, render };

/**
 * A component that is drawn again only when one of its props is another, or the page speaks another language.
 * @template P
 * @param {import('./types.d.ts').Component<P>} draw
 * @returns {import('./types.d.ts').Component<P>}
 */
export function memo(draw) {
  class Memo extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      if (this.drawnIn !== language()) return true;
      const now = /** @type {any} */ (this.props);
      const keys = Object.keys(next);
      return keys.length !== Object.keys(now).length || keys.some((key) => !Object.is(next[key], now[key]));
    }

    /** @param {any} props */
    render(props) {
      this.drawnIn = language();
      return h(draw, props);
    }
  }
  return /** @type {any} */ (Memo);
}
