// @ts-check
// The data formats that can be read: their words, their files' names, those with the ratings, and ends of names of files that only a look tells. Written by `unlearn tables` from core's tables; do not edit.

/** @type {string} */
export const FORMAT_LABELS = "MovieLens (csv), ML-1M and ML-10M, ML-100K, goodbooks-10k, UCSD GoodReads (JSON lines, also .gz) or RecBole (.inter)";

/** @type {string[]} */
export const FILE_NAMES = ["books.csv","movies.csv","movies.dat","ratings.csv","ratings.dat","u.data","u.genre","u.item","u.user","users.dat"];

/** @type {string[]} */
export const RATINGS_NAMES = [".inter","ratings.csv","ratings.dat","u.data"];

/** @type {string[]} */
export const FILE_ENDINGS = [".inter",".item",".json",".json.gz",".jsonl",".jsonl.gz"];
