import { linked, pieces } from './highlight';

/** Text with the words of a search marked in it. */
export function Highlighted({ text, words }: { text: string; words?: string }) {
  if (!words) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {pieces(text, words).map((p, i) => (p.hit ? <mark key={i}>{p.text}</mark> : p.text))}
    </bdi>
  );
}

/** What people typed: text, never anything else, with the addresses in it to follow. */
export function Words({ text, words }: { text: string; words?: string }) {
  return (
    <span className="fp-inbox-text" dir="auto">
      {linked(text).map((r, i) =>
        r.url ? (
          <a key={i} href={r.url} target="_blank" rel="noopener noreferrer nofollow">
            <Highlighted text={r.text} words={words} />
          </a>
        ) : (
          <Highlighted key={i} text={r.text} words={words} />
        ),
      )}
    </span>
  );
}
