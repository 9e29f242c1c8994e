// Fails when the console weighs too much: the first load (what every visit
// needs before a page), and what each page adds to it, both gzipped.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const firstLimit = 500_000;
const pageLimit = 200_000;

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const weights = new Map();

function weigh(file) {
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
  return weights.get(file);
}

/** Every file that loading this chunk pulls in at once. */
function filesOf(key, seen = new Set(), files = new Set()) {
  if (seen.has(key)) return files;
  seen.add(key);
  const chunk = manifest[key];
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) filesOf(next, seen, files);
  return files;
}

const sum = (files) => [...files].reduce((total, file) => total + weigh(file), 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = filesOf(entry);
// A visit shows one language, and its texts come before the first page.
const languages = Object.keys(manifest).filter((key) => /^src\/i18n\/[^/]+\/index\.ts$/.test(key));
const heaviest = Math.max(0, ...languages.map((key) => sum(filesOf(key))));
let failed = false;

function report(name, bytes, limit) {
  const over = bytes > limit;
  failed ||= over;
  console.log(`${kilobytes(bytes)}  of ${kilobytes(limit)}  ${name}${over ? '  TOO HEAVY' : ''}`);
}

report('first load', sum(first) + heaviest, firstLimit);
for (const key of Object.keys(manifest).filter((k) => k.startsWith('src/pages/')).sort()) {
  const more = new Set([...filesOf(key)].filter((file) => !first.has(file)));
  report(manifest[key].name, sum(more), pageLimit);
}
process.exit(failed ? 1 : 0);
