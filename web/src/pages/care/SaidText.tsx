import type { Hit } from '../../api/care';

/** What somebody typed, with the words that were found marked. Places count characters, not units of UTF-16. */
export function SaidText({ text, hits }: { text: string; hits: Hit[] }) {
  const chars = Array.from(text);
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const h of [...hits].sort((a, b) => a.start - b.start)) {
    if (h.start < at || h.end > chars.length) continue;
    if (h.start > at) parts.push({ text: chars.slice(at, h.start).join(''), hit: false });
    parts.push({ text: chars.slice(h.start, h.end).join(''), hit: true });
    at = h.end;
  }
  parts.push({ text: chars.slice(at).join(''), hit: false });
  return <span className="fp-said">{parts.map((p, i) => (p.hit ? <mark key={i}>{p.text}</mark> : <span key={i}>{p.text}</span>))}</span>;
}
