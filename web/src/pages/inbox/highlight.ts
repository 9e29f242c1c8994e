/** Text as it is compared: full-width letters are letters, capitals are not told apart. */
const folded = (c: string) => c.normalize('NFKC').toLowerCase();

export interface Piece {
  text: string;
  hit: boolean;
}

/** Cuts text where the words of a search stand in it. */
export function pieces(text: string, words: string): Piece[] {
  const wanted = folded(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return text ? [{ text, hit: false }] : [];
  // Folding may change lengths: remember which character each folded one came from.
  const chars = [...text];
  let flat = '';
  const from: number[] = [];
  chars.forEach((c, i) => {
    for (const f of folded(c)) {
      for (let n = 0; n < f.length; n++) from.push(i);
      flat += f;
    }
  });
  const hit = new Array<boolean>(chars.length).fill(false);
  for (const w of wanted) for (let at = flat.indexOf(w); at >= 0; at = flat.indexOf(w, at + w.length)) for (let i = at; i < at + w.length; i++) hit[from[i]!] = true;
  const out: Piece[] = [];
  chars.forEach((c, i) => {
    const last = out.at(-1);
    if (last && last.hit === hit[i]) last.text += c;
    else out.push({ text: c, hit: hit[i]! });
  });
  return out;
}

const address = /https?:\/\/[^\s<>"'，。；！？、（）《》【】“”]+/g;

export interface Run {
  text: string;
  /** Where it leads, when it is an address of the web. */
  url?: string;
}

/** Cuts text into words and addresses. Only http and https lead anywhere. */
export function linked(text: string): Run[] {
  const out: Run[] = [];
  let at = 0;
  for (const m of text.matchAll(address)) {
    const found = m[0].replace(/[.,;:!?)\]}]+$/, '');
    let url: URL;
    try {
      url = new URL(found);
    } catch {
      continue;
    }
    if (url.username || url.password) continue; // it would pretend to lead elsewhere
    if (m.index > at) out.push({ text: text.slice(at, m.index) });
    out.push({ text: found, url: url.href });
    at = m.index + found.length;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}

/** An address that may be followed, or nothing. */
export function safeUrl(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    const url = new URL(text);
    return (url.protocol === 'https:' || url.protocol === 'http:') && !url.username ? url.href : undefined;
  } catch {
    return undefined;
  }
}
