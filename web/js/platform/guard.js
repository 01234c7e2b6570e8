// @ts-check
// Runs before anything else, in the page and in each worker: takes away the ways to another machine that the page does not use. The security policy
// blocks most of them already; for WebRTC, fresh windows, link hints and leaving the page it has no directive, so here is the only lock. Strict, so that what
// cannot be taken away throws: then the flag at the end is not set, and neither the page (guarded.js) nor a worker starts.

'use strict';

const scope = /** @type {any} */ (globalThis);

/** Everything of WebRTC, and what opens connections other than `fetch`. A font that a worker makes is asked for whatever the policy says in Firefox 140. */
const WAYS_OUT = /^(webkit|moz)?RTC|^(WebSocket|WebSocketStream|WebTransport|EventSource|XMLHttpRequest|XSLTProcessor|FontFace)$/;
for (const name of Object.getOwnPropertyNames(scope)) if (WAYS_OUT.test(name)) delete scope[name];
if (scope.Navigator) delete scope.Navigator.prototype.sendBeacon;
const left = Object.getOwnPropertyNames(scope).filter((name) => WAYS_OUT.test(name));
if (left.length > 0) throw new Error(`this browser does not let the page give up ${left.join(', ')}`);

/** @param {string} what */
const refused = (what) => new DOMException(`${what} is not used on this page, and was refused`, 'SecurityError');

if (scope.Document) {
  // A frame or a window of its own would bring all of that back; a new link could have the browser look up or open another site. The page has no
  // use for any of them, and makes its elements by these two functions alone (markup in strings is refused by the policy).
  const REFUSED = /^(?:.*:)?(iframe|frame|frameset|fencedframe|portal|object|embed|link|base|meta)$/i;
  const { createElement, createElementNS } = Document.prototype;
  Document.prototype.createElement = /** @type {any} */ (
    /** @this {Document} @param {string} tag @param {any} options */
    function (tag, options) {
      if (REFUSED.test(String(tag))) throw refused(`<${tag}>`);
      return createElement.call(this, tag, options);
    }
  );
  Document.prototype.createElementNS = /** @type {any} */ (
    /** @this {Document} @param {string} space @param {string} tag @param {any} options */
    function (space, tag, options) {
      if (REFUSED.test(String(tag))) throw refused(`<${tag}>`);
      return createElementNS.call(this, space, tag, options);
    }
  );
  scope.open = () => {
    throw refused('a new window');
  };
  // No policy can keep a page from being left, and an address can carry data. Where the browser tells before it goes, going elsewhere is refused.
  scope.navigation?.addEventListener('navigate', (/** @type {any} */ event) => {
    if (new URL(event.destination.url).origin === location.origin || !event.cancelable) return;
    event.preventDefault();
    console.warn(`leaving for ${new URL(event.destination.url).origin} was refused`);
  });
}

// Set last: whoever looks for it knows that everything above was done.
Object.defineProperty(scope, 'guardHolds', { value: true });
