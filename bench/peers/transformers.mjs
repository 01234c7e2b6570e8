// @ts-check
// Scoring with transformers.js and with onnxruntime-web alone, WebAssembly, one thread, on what export_onnx.py wrote into onnx/smollm2.

/** SmolLM2's tokens of `No` and `Yes`. */
const ANSWERS = [5230, 10539];

/** @param {any} logits `[1, 1, vocab]` */
const answers = (logits) => ANSWERS.map((token) => Number(logits.data[token]));

/**
 * transformers.js as its users load a model; answers the logits of No and Yes.
 * @param {'fp32' | 'q4'} dtype
 */
export async function transformers(dtype) {
  const { AutoModelForCausalLM, Tensor, env } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = './onnx/';
  env.useBrowserCache = false;
  const wasm = /** @type {any} */ (env.backends.onnx).wasm;
  wasm.numThreads = 1;
  wasm.wasmPaths = new URL('./node_modules/onnxruntime-web/dist/', location.href).href;
  const model = /** @type {any} */ (await AutoModelForCausalLM.from_pretrained('smollm2', { dtype, device: 'wasm' }));
  return async (/** @type {number[]} */ prompt) => {
    const dims = [1, prompt.length];
    const input_ids = new Tensor('int64', BigInt64Array.from(prompt, BigInt), dims);
    const attention_mask = new Tensor('int64', new BigInt64Array(prompt.length).fill(1n), dims);
    const { logits } = await model({ input_ids, attention_mask });
    return answers(logits);
  };
}

/**
 * onnxruntime-web without what it needs for WebGPU: its WebAssembly at its best.
 * @param {string} file
 */
export async function onnxruntime(file) {
  const ort = /** @type {any} */ (await import('onnxruntime-web/wasm'));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL('./node_modules/onnxruntime-web/dist/', location.href).href;
  const session = await ort.InferenceSession.create(`./onnx/smollm2/onnx/${file}`, { executionProviders: ['wasm'] });
  return async (/** @type {number[]} */ prompt) => {
    const dims = [1, prompt.length];
    const input_ids = new ort.Tensor('int64', BigInt64Array.from(prompt, BigInt), dims);
    const attention_mask = new ort.Tensor('int64', new BigInt64Array(prompt.length).fill(1n), dims);
    const { logits } = await session.run({ input_ids, attention_mask });
    return answers(logits);
  };
}
