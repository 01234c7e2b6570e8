// @ts-check
// The page in a frame of another page, or with `?embed`: its foot leads to the whole, with what is chosen. The rest is in embed.css, and theme.js decides.

import { addressWith } from './address.js';

/** @param {HTMLAnchorElement} link @returns {() => void} */
export function mountEmbed(link) {
  if (document.documentElement.dataset.embed === undefined) return () => {};
  return () => {
    const whole = addressWith(location.href, { embed: null });
    if (link.href !== whole) link.href = whole;
  };
}
