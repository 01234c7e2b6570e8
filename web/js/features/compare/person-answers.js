// @ts-check
// One person's answers under a model, in two figures. Pure.

/**
 * Area under the ROC curve by ranks, ties counted half; null where only one class occurs.
 * @param {{score: number, yes: boolean}[]} answers
 */
export function aucOf(answers) {
  const sorted = answers.toSorted((a, b) => a.score - b.score);
  const yes = answers.filter((answer) => answer.yes).length;
  const no = answers.length - yes;
  if (yes === 0 || no === 0) return null;
  let ranks = 0;
  for (let from = 0; from < sorted.length; ) {
    const score = sorted[from]?.score;
    const tied = sorted.slice(from).findIndex((answer) => answer.score !== score);
    const to = tied < 0 ? sorted.length : from + tied;
    // Ties share the mean of their ranks.
    ranks += ((from + 1 + to) / 2) * sorted.slice(from, to).filter((answer) => answer.yes).length;
    from = to;
  }
  return (ranks - (yes * (yes + 1)) / 2) / (yes * no);
}

/**
 * What the model says of one person's ratings that must go.
 * @param {import('../../types.d.ts').UserRow[]} rows
 * @param {'before' | 'after'} when
 */
export function personOf(rows, when) {
  const answers = rows.filter((row) => row.set === 'train' && row[when] != null).map((row) => ({ score: Number(row[when]), yes: row.rating > 3 }));
  return { n: answers.length, auc: aucOf(answers), mean: answers.length === 0 ? null : answers.reduce((sum, answer) => sum + answer.score, 0) / answers.length };
}
