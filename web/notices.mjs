// The notices of what the engine's modules are linked with, as their licences ask: every crate with its licence and source, and the texts that they carry.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGET = 'wasm32-unknown-unknown';
/** All that one of the modules has (crate/xtask/src/variant.rs). */
const FEATURES = 'cpu,text,gpu';
/** Names of files that have a licence or a notice. */
const TEXTS = /^(licen[cs]es?|copying|notice|unlicense|copyright)\b/i;
const RULE = '-'.repeat(80);

/** @param {string[]} args */
const cargo = (...args) => execFileSync('cargo', [...args, '--locked'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });

/** Names and versions of the crates whose code is in a module; those that only make code are not. @returns {Set<string>} */
function linked() {
  const tree = cargo('tree', '--package', 'unlearn-web', '--no-default-features', '--features', FEATURES, '--edges', 'normal,no-proc-macro', '--target', TARGET, '--prefix', 'none', '--format', '{p}');
  return new Set(tree.split('\n').flatMap((line) => (/^(\S+) v(\S+)/.exec(line) ?? []).slice(1, 3).join(' ') || []));
}

/** The licence texts of a crate. @param {string} folder */
function textsOf(folder) {
  const names = readdirSync(folder).filter((name) => TEXTS.test(name) && statSync(join(folder, name)).isFile());
  return names.map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim()).filter((text) => text !== '');
}

/** @returns {{text: string, crates: number}} the whole file, and how many crates it names */
export function notices() {
  const used = linked();
  const { packages } = JSON.parse(cargo('metadata', '--format-version', '1', '--filter-platform', TARGET));
  // Our own have no source but this repository.
  const crates = packages.filter(({ name, version, source }) => source && used.has(`${name} ${version}`)).sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
  /** Crates by the text that they carry. @type {Map<string, string[]>} */
  const texts = new Map();
  for (const { name, manifest_path: path } of crates) for (const text of textsOf(dirname(path))) texts.set(text, [...(texts.get(text) ?? []), name]);
  const lines = crates.map(({ name, version, license, repository, authors }) => [`${name} ${version}`, license ?? 'see its text below', repository ?? authors.join(', ')].filter(Boolean).join(' | '));
  const parts = [...texts].sort(([, a], [, b]) => b.length - a.length || (a < b ? -1 : 1)).map(([text, names]) => `${RULE}\n${[...new Set(names)].join(', ')}\n\n${text}\n`);
  const head = 'The WebAssembly modules of this package are linked with the following crates and with Rust’s standard library (MIT OR Apache-2.0,\nhttps://github.com/rust-lang/rust), and their scripts were written by wasm-bindgen (MIT OR Apache-2.0). Below the list stand the texts that the crates carry.';
  return { text: `${head}\n\n${lines.join('\n')}\n\n${parts.join('\n')}`, crates: crates.length };
}
