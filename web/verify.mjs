// Whether a site serves this build: `node web/verify.mjs ADDRESS [FOLDER]` asks it for every file of the page and compares them, byte by byte, with FOLDER
// (dist/, which `cargo xtask build` makes of the source). Ends with status 1 and names what differs.
// A site can give other files to other people: this tells what it gave here and now.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [address, folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')] = process.argv.slice(2);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** What is wrong with a file of the site; null if nothing is. @param {string} path */
async function wrong(path) {
  const ours = await readFile(join(folder, path));
  const response = await fetch(new URL(path === 'index.html' ? './' : path, address), { cache: 'no-store' });
  if (!response.ok) return `${path}: status ${response.status}`;
  const theirs = Buffer.from(await response.arrayBuffer());
  return theirs.equals(ours) ? null : `${path}: sha256 is ${sha256(theirs)} there, ${sha256(ours)} here`;
}

if (!address) {
  console.error('usage: node web/verify.mjs ADDRESS [FOLDER]');
  process.exit(2);
}
const seal = await readFile(join(folder, 'integrity.json'));
const paths = ['integrity.json', 'sw.js', ...Object.keys(JSON.parse(seal.toString()).files)];
const problems = [];
for (const path of paths) {
  const problem = await wrong(path);
  if (problem) problems.push(problem);
}
console.log(`integrity.json has the sha256 ${sha256(seal)} here`);
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? `${address} serves this build: ${paths.length} files are the same` : `${address} serves something else: ${problems.length} of ${paths.length} files differ`);
process.exitCode = problems.length === 0 ? 0 : 1;
