// @ts-check
// The step in this project's GPU module, built with the feature `bench`: with kernels of our own, or with Burn's alone.

// @ts-ignore Built by webgpu.mjs.
import init, { PeerStep } from '/module/unlearn_web.js';

/** @param {{own: boolean}} which */
export async function open({ own }) {
  await init();
  const step = await PeerStep.open(own);
  return { steps: (n) => step.steps(n), product: (n, k, m, times) => step.product(n, k, m, times), check: () => step.check() };
}
