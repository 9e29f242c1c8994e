// Places in a text, and what changed between two.

/** The index in a JavaScript string of a place that the server counts in bytes of UTF-8. */
export function indexOfByte(text: string, offset: number): number {
  let bytes = 0;
  let index = 0;
  for (const c of text) {
    if (bytes >= offset) return index;
    const code = c.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += c.length;
  }
  return index;
}

export interface Mark {
  from: number;
  to: number;
  message: string;
}

interface Position {
  offset?: unknown;
  length?: unknown;
}

/** The refused places of a text, as its own indexes; a place at the end is as wide as one character before it. */
export function marksOf(text: string, fields: { location: string; message: string; value?: unknown }[]): Mark[] {
  return fields
    .filter((f) => /(^|\.)text$/.test(f.location))
    .map((f) => {
      const { offset, length } = (typeof f.value === 'object' && f.value !== null ? f.value : {}) as Position;
      const from = indexOfByte(text, Number(offset) || 0);
      const to = indexOfByte(text, (Number(offset) || 0) + (Number(length) || 0));
      return { from: to > from ? from : Math.max(0, from - 1), to: Math.max(to, Math.min(from, text.length)), message: f.message };
    });
}

export interface Piece {
  text: string;
  change: 'same' | 'added' | 'removed';
}

/** What was taken out of and put into a text, by words; the shortest way. */
export function difference(before: string, after: string): Piece[] {
  const words = (s: string) => s.match(/"(?:[^"\\]|\\.)*"|[\p{L}\p{N}_.:#/%-]+|\s+|[^\s]/gu) ?? [];
  const a = words(before);
  const b = words(after);
  // longest[i][j]: the length of what a from i and b from j have in common.
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
    }
  }
  const out: Piece[] = [];
  const push = (text: string, change: Piece['change']) => {
    const last = out.at(-1);
    if (last?.change === change) last.text += text;
    else out.push({ text, change });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(a[i]!, 'same');
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || longest[i + 1]![j]! >= longest[i]![j + 1]!)) push(a[i++]!, 'removed');
    else push(b[j++]!, 'added');
  }
  return out;
}
