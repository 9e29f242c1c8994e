// Reads the files of a ZIP document, such as a workbook.
import { inflateRawSync } from 'node:zlib';

/** Its files by name, as text. */
export function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end < 0) throw new Error('no ZIP document');
  const files = {};
  for (let n = bytes.readUInt16LE(end + 10), at = bytes.readUInt32LE(end + 16); n > 0; n--) {
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const [name, extra, comment] = [28, 30, 32].map((o) => bytes.readUInt16LE(at + o));
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const body = bytes.subarray(from, from + size);
    files[bytes.toString('utf8', at + 46, at + 46 + name)] = (method === 8 ? inflateRawSync(body) : body).toString('utf8');
    at += 46 + name + extra + comment;
  }
  return files;
}

/** The sheets of a workbook: their names, and the text of all their cells. */
export function workbook(bytes) {
  const files = unzip(bytes);
  const names = [...files['xl/workbook.xml'].matchAll(/<sheet [^>]*name="([^"]*)"/g)].map((m) => m[1]);
  const text = names.map((_, i) => files[`xl/worksheets/sheet${i + 1}.xml`] ?? '');
  return { names, text, strings: files['xl/sharedStrings.xml'] ?? '' };
}
