// @ts-check
// What a manifest says of a model, in the page's words, and what it will take in memory. Pure; the build uses it too.


/** Models of up to so many bytes of floats are unpacked, larger ones stay packed (`package::weights::Residency`). */
const DENSE_BYTES = 128 << 20;

/**
 * Numbers in a decoder of the Llama family: matrices, norms, and the biases and norms over heads that some have.
 * @param {any} config
 */
export function parametersOf({ vocab_size: vocabulary, head_vocab_size: head, hidden_size: d, intermediate_size: ff, num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: kvHeads, tie_word_embeddings: tied, head_dim: dim = d / heads, model_type: kind = 'llama' }) {
  const [q, kv, gemma] = [dim * heads, dim * kvHeads, kind === 'gemma3_text'];
  const beside = (kind === 'qwen2' ? q + 2 * kv : 0) + (kind === 'qwen3' || gemma ? 2 * dim : 0);
  return vocabulary * d + layers * (2 * d * q + 2 * d * kv + 3 * d * ff + (gemma ? 4 : 2) * d + beside) + d + (tied ? 0 : head * d);
}

/**
 * Bytes of the weights in memory: floats, or a byte a number and a float a block of 32; GGUF's blocks of other types mostly have two. A model that belongs to no data is cut down to the tokens of
 * the data as it is loaded, and then takes less.
 * @param {number} parameters
 * @param {string} quantisation
 */
export const weightBytesOf = (parameters, quantisation) =>
  parameters * (quantisation === 'f32' || parameters * 4 <= DENSE_BYTES ? 4 : quantisation === 'gguf' ? 1.25 : 1.125);

/**
 * What a model was measured at when it was made: AUC on the test set beside the logistic baseline's, and how much more of the forget users' AUC it has
 * than a Retrain that never saw them, which is what there is to forget.
 * @param {any} manifest
 */
function measured({ figures = [], baseline = null }) {
  const [original, retrain] = ['original', 'retrain'].map((id) => figures.find((/** @type {any} */ one) => one.id === id));
  const more = original?.forget?.auc != null && retrain?.forget?.auc != null ? original.forget.auc - retrain.forget.auc : null;
  return { auc: original?.test?.auc ?? null, baseline: baseline?.auc ?? null, remembers: more };
}

/** What a model knows an item by. @param {any} manifest @returns {import('../../types.d.ts').ModelInfo['reads']} */
function reads({ text, training = {} }) {
  if (text) return 'words';
  if (!training.titles) return 'items';
  return training.item_rows === false ? 'titles' : 'items and titles';
}

/**
 * @param {any} manifest
 * @returns {import('../../types.d.ts').ModelInfo}
 */
export function modelInfo(manifest) {
  const { config, dataset = '', licence = '', quantisation = '', text } = manifest;
  const parameters = parametersOf(config);
  return {
    kind: text ? 'text' : 'items', reads: reads(manifest), ...measured(manifest), dataset, licence, quantisation, template: text?.template ?? null, layers: config.num_hidden_layers, width: config.hidden_size, vocabulary: config.vocab_size, parameters,
    memory: Math.round(weightBytesOf(parameters, quantisation)),
  };
}
