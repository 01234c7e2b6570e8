// @ts-check
// The words of the field that the page uses, each in one plain sentence. One table, which `term.js` draws; a test holds every entry to its promises.

/** `arxiv`: its number there, where it has one. @typedef {{by: string, venue: string, year: number, arxiv?: string}} Paper */

/**
 * @typedef {object} Entry
 * @property {string} term its name, as the field has it
 * @property {string} says what it is: one sentence of at most 25 words
 * @property {string} [formula] in the notation of `formula.js`
 * @property {Paper} [paper] where it comes from
 * @property {string[]} [words] the words by which it is found in texts, in small letters
 * @property {string} [param] the parameter of a method that is about it
 */

/** @type {Paper} */
const E2UREC = { by: 'Wang et al.', venue: 'Towards Efficient and Effective Unlearning of Large Language Models for Recommendation', year: 2024, arxiv: '2403.03536' };

/** @satisfies {Record<string, Entry>} */
export const GLOSSARY = {
  adamw: { term: 'AdamW', says: 'The rule that turns gradients into steps, with a step size of its own for every weight.', paper: { by: 'Loshchilov and Hutter', venue: 'ICLR', year: 2019, arxiv: '1711.05101' }, words: ['adamw', 'optimiser'] },
  alpha: { term: 'α', says: 'How far the forgetting teacher steps back from what the augmented model knows.', formula: 'v_f = v_o − α (v_g − v_o)', paper: E2UREC, words: ['α'], param: 'alpha' },
  ascent: { term: 'Gradient ascent', says: 'Training in reverse: every step makes the loss on the chosen rows larger instead of smaller.', paper: { by: 'Jang et al.', venue: 'ACL', year: 2023, arxiv: '2210.01504' }, words: ['ascent'] },
  attention: { term: 'Attention', says: 'How much the model looks at each token when it forms its answer.', paper: { by: 'Vaswani et al.', venue: 'NeurIPS', year: 2017, arxiv: '1706.03762' }, words: ['attention'] },
  auc: { term: 'AUC', says: 'Of a liked and a disliked item, how often the liked one gets the higher probability: 1 is perfect, 0.5 a coin.', formula: 'AUC = P(p_{liked} > p_{disliked}) + ½ P(p_{liked} = p_{disliked})', paper: { by: 'Hanley and McNeil', venue: 'Radiology', year: 1982 }, words: ['auc'] },
  augmented: { term: 'Augmented model', says: 'A copy of the model that is trained further on the forget set until it knows it by heart.', paper: E2UREC, words: ['augmented model', 'over-learning', 'over-learn', 'overfitted model'] },
  baseline: { term: 'Logistic baseline', says: 'Logistic regression on a handful of averages: what any model must beat.', words: ['logistic regression', 'logistic baseline'] },
  batch: { term: 'Batch', says: 'The rows that one training step computes together.', words: ['batch', 'batches'], param: 'batch' },
  calibration: { term: 'Calibration', says: 'Scaling the trained adapter until the forget set is answered as is expected of a model that never saw it.', words: ['calibrated', 'calibration', 'calibrate'], param: 'scale' },
  cross_entropy: { term: 'Cross entropy', says: 'How surprised the model is by the answers it should give; training makes it small.', formula: 'CE = −Σ q ln p', words: ['cross entropy'] },
  cross_fitting: { term: 'Cross-fitting', says: 'Further models are trained, each without some people or ratings; every row is answered by one that never saw it.', paper: { by: 'Chernozhukov et al.', venue: 'The Econometrics Journal', year: 2018, arxiv: '1608.00060' }, words: ['cross-fitted', 'cross-fitting'] },
  e2urec: { term: 'E2URec', says: 'A method in which a student with an adapter learns from a forgetting and a remembering teacher.', formula: 'L = w (CE_r + KL(v_o ‖ u)) + (1 − w) KL(v_f ‖ u)', paper: E2UREC, words: ['e2urec'] },
  early_stopping: { term: 'Early stopping', says: 'Ending a training before its last planned step, as soon as a measured figure is where it should be.', paper: { by: 'Prechelt', venue: 'Neural Networks: Tricks of the Trade', year: 1998 }, param: 'stop' },
  epoch: { term: 'Epoch', says: 'One pass over all rows that are trained on.', words: ['epoch', 'epochs'], param: 'epochs' },
  evaluate_every: { term: 'Evaluate every', says: 'How many steps lie between two measurements during the run; with 0 it is measured only at the end.' },
  expected_loss: { term: 'Expected loss', says: 'The loss that a model which never saw the rows would have on them, estimated from cross-fitted answers.', words: ['expected loss', 'what is expected'] },
  floor: { term: 'Floor', says: 'How far two Retrains of different seed lie apart: no method can be expected to come nearer.', words: ['floor'] },
  forget_set: { term: 'Forget set', says: 'The ratings that the model learned from and must now forget.', words: ['forget set', 'forget rows'] },
  forgetting_teacher: { term: 'Forgetting teacher', says: 'It shows how the model would answer without the forget set: the original’s logits, less what over-learning that set added.', formula: 'v_f = v_o − α (v_g − v_o)', paper: E2UREC, words: ['forgetting teacher'] },
  gguf: { term: 'GGUF', says: 'A file format for language models, the one of llama.cpp.', words: ['gguf', '.gguf'] },
  gflops: { term: 'GFLOP/s', says: 'Thousands of millions of additions and multiplications in a second.', words: ['gflop/s'] },
  gradient: { term: 'Gradient', says: 'For every weight, how the loss would change with it: training steps go against it.', words: ['gradient', 'gradients'] },
  hash: { term: 'Hash', says: 'A short fingerprint of bytes: other content has another one.', words: ['hash', 'hashes', 'sha256'] },
  kl: { term: 'KL divergence', says: 'How badly one model’s probabilities q describe another’s p: 0 where both agree.', formula: 'KL(p ‖ q) = Σ p ln (p / q)', paper: { by: 'Kullback and Leibler', venue: 'The Annals of Mathematical Statistics', year: 1951 }, words: ['kl', 'kl divergence'] },
  jsd: { term: 'JSD, Jensen–Shannon divergence', says: 'How far the answers of two models lie apart, from 0 (the same) to ln 2 (nothing in common).', formula: 'JSD = ½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q) / 2', paper: { by: 'Lin', venue: 'IEEE Transactions on Information Theory', year: 1991 }, words: ['jsd', 'jensen–shannon divergence'] },
  l2: { term: 'L2 distance', says: 'The straight-line distance between the probabilities of two models.', formula: '‖p − q‖_2 = √Σ (p − q)^2', words: ['l2'] },
  language_model: { term: 'Language model', says: 'A network that reads a row of tokens and says how probable each next token is.', words: ['language model'] },
  layer: { term: 'Layer', says: 'One of the stages of the network, which its numbers pass one after another.', words: ['layer', 'layers', 'linear layers', 'feed-forward layers'] },
  logits: { term: 'Logits', says: 'The model’s raw scores v, before they are turned into probabilities p.', formula: 'p_i = e^{v_i} / Σ_j e^{v_j}', words: ['logit', 'logits'] },
  lora: { term: 'LoRA adapter', says: 'Two small matrices A and B beside a frozen weight W: only they are trained, and the model itself never changes.', formula: 'y = x W + s (x A) B', paper: { by: 'Hu et al.', venue: 'ICLR', year: 2022, arxiv: '2106.09685' }, words: ['lora adapter', 'adapter', 'adapters', 'adapter’s', 'lora'] },
  loss: { term: 'Log loss', says: 'How surprised the model is by the true answers, on average, in nats: 0 is never.', formula: 'mean of −ln p(true answer)', words: ['log loss', 'logloss', 'loss'] },
  membership: { term: 'Membership inference', says: 'Telling from a model’s answers whether a rating was among those that it was trained on.', paper: { by: 'Yeom et al.', venue: 'IEEE CSF', year: 2018, arxiv: '1709.01604' }, words: ['mia', 'membership inference', 'attack on membership', 'traces of what was forgotten'] },
  memory: { term: 'Memory', says: 'What the weights take while the model is loaded; a training step takes more, which is told before a run starts.' },
  merge: { term: 'Merging', says: 'Adding an adapter into the model’s own weights, so that it can no longer be dropped.', words: ['merged', 'merge', 'merges', 'merging'] },
  nano: { term: 'Nano', says: 'The small model of this page: each film or book is one token, and the answer is Yes or No.', words: ['nano'] },
  parameters: { term: 'Parameters', says: 'All numbers of the model that training has set.' },
  p_yes: { term: 'p(Yes)', says: 'The model’s probability that this person likes the item: that it answers Yes.', formula: 'p(Yes) = e^{v_{Yes}} / (e^{v_{Yes}} + e^{v_{No}})', words: ['p(yes)'] },
  peft: { term: 'PEFT', says: 'Hugging Face’s library for adapters; files in its layout can be loaded by other programs.', words: ['peft', 'peft’s'] },
  preset: { term: 'Preset', says: 'A named set of values for all parameters of the method.', words: ['preset'] },
  prompt: { term: 'Prompt', says: 'What the model is given to read before it answers: a person’s last ratings and the item asked about.', words: ['prompt', 'prompts'] },
  proxy: { term: 'Proxy', says: 'A stand-in where no Retrain is at hand: the loss on people whom the model never saw.', words: ['proxy'] },
  quantised: { term: 'Quantised', says: 'Stored with fewer bits a weight: smaller and faster to fetch, and a little less exact.', words: ['quantised', 'eight bits a number', 'fewer bits'] },
  rank: { term: 'Rank', says: 'How wide the adapter’s two matrices are: with a higher rank it can change more, and costs more.', words: ['rank'], param: 'rank' },
  relu: { term: 'ReLU', says: 'Keeps what is positive and makes the rest zero.', formula: 'ReLU(x) = max(0, x)', words: ['relu'], param: 'difference' },
  remembering_teacher: { term: 'Remembering teacher', says: 'The original model, whose answers on the retain set the student has to keep.', paper: E2UREC, words: ['remembering teacher'], param: 'w' },
  retain_set: { term: 'Retain set', says: 'The ratings that the model learned from and may keep.', words: ['retain set', 'retain rows'] },
  retrain: { term: 'Retrain', says: 'A model trained from nothing on the ratings that stay: it never saw the forget set.', words: ['retrain', 'retrains', 'retrain’s'] },
  original: { term: 'Original', says: 'The model as it was before anything was forgotten.' },
  safetensors: { term: 'safetensors', says: 'A file format for the numbers of a model that holds no code.', words: ['safetensors', '.safetensors'] },
  seed: { term: 'Seed', says: 'The number that every random choice of a run follows from: the same seed gives the same result.', words: ['seed', 'seeds'] },
  shard: { term: 'Shard', says: 'A part of the training rows with a model of its own, so that forgetting retrains only the parts it touches.', paper: { by: 'Bourtoule et al.', venue: 'IEEE S&P', year: 2021, arxiv: '1912.03817' }, words: ['shard', 'shards'] },
  source: { term: 'Where it was measured', says: '“This device”: in this tab. “Shipped”: when the package was made. Some test-set figures come with the package.' },
  stages: { term: 'The stages of a run', says: 'Measure, over-learn the forget set in a copy, ask both teachers, train the student, scale its adapter, measure again.' },
  steps: { term: 'Steps', says: 'How often the student is changed a little, a batch of rows each time; left empty, the method decides.' },
  student: { term: 'Student', says: 'The model that learns to forget: the original with a fresh adapter, which follows its teachers’ answers.', paper: E2UREC, words: ['student', 'student’s'] },
  teacher: { term: 'Teacher', says: 'A model whose answers another one, the student, is trained to give.', paper: { by: 'Hinton, Vinyals and Dean', venue: 'NIPS Deep Learning Workshop', year: 2014, arxiv: '1503.02531' }, words: ['teacher', 'teachers'] },
  tensor: { term: 'Tensor', says: 'A block of numbers in any number of dimensions: a list, a table, a stack of tables.', words: ['tensor', 'tensors'] },
  test_set: { term: 'Test set', says: 'The latest ratings, never trained on: quality is measured on them.', words: ['test set'] },
  token: { term: 'Token', says: 'The smallest piece that a model reads: an item, a rating, a word or a part of one.', words: ['token', 'tokens'] },
  unlearning: { term: 'Unlearning', says: 'Changing a trained model so that it answers as if it had never seen certain data.', paper: { by: 'Cao and Yang', venue: 'IEEE S&P', year: 2015 }, words: ['unlearning'] },
  validation_set: { term: 'Validation set', says: 'Ratings that are never trained on: settings are chosen by them.', words: ['validation set'] },
  vocabulary: { term: 'Vocabulary', says: 'All tokens that the model knows.' },
  wasm: { term: 'WebAssembly', says: 'Compact machine code that a browser runs nearly as fast as a native program.', words: ['webassembly'] },
  webgpu: { term: 'WebGPU', says: 'The browser’s way to compute on the graphics processor.', words: ['webgpu'] },
};

/** @typedef {keyof typeof GLOSSARY} TermId */

/** @type {Record<TermId, Entry>} */
export const ENTRIES = GLOSSARY;

/** Which entry a word belongs to. @type {ReadonlyMap<string, TermId>} */
export const IDS_BY_WORD = new Map(Object.entries(ENTRIES).flatMap(([id, { words = [] }]) => words.map((word) => /** @type {[string, TermId]} */ ([word, id]))));

/** The entry that explains a parameter of a method. @param {string} param @returns {TermId | null} */
export const termOfParam = (param) => /** @type {TermId | undefined} */ (Object.entries(ENTRIES).find(([, entry]) => entry.param === param)?.[0]) ?? null;
