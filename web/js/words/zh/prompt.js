// @ts-check
// Chinese words of the dialog “Prompt”, by their English text.

/** @type {Record<string, string>} */
export const PROMPT = {
  'Before the run': '运行前',
  '{label}: Yes {yes}, No {no}': '{label}：Yes {yes}，No {no}',
  'Yes {yes}': 'Yes {yes}',
  'No {no}': 'No {no}',
  'token': 'token',
  'attention': '注意力',
  'The prompt’s tokens with their share of attention': '提示词的各个 token 及其注意力占比',
  'The darkest has {most} of the attention.': '最深的占注意力的 {most}。',
  'Tokens of the prompt and their share of attention': '提示词的 token 及其注意力占比',
  'Whose reading': '谁的阅读',
  'Attention of': '注意力来自',
  'All heads, mean': '全部注意力头的平均',
  'Head {idx}': '第 {idx} 头',
  'The prompt’s tokens, shaded by the attention of the last layer, from the place where the answer stands. It shows where the model reads, not why it answers so.': '提示词的各个 token，按最后一层从答案位置发出的注意力着色。它显示模型读在哪里，而不是为什么这样回答。',
  '{title}, asked of {called}': '{title}，询问对象：{called}',
  'What the model reads': '模型读到的内容',
  '{why} The model answers when it can.': '{why}模型空闲后会回答。',
};
