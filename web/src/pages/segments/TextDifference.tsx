import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { difference } from '../../lib/segmentText';

/** A text with what was taken out of it and put into it. */
export function TextDifference({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const pieces = useMemo(() => difference(before, after), [before, after]);
  return (
    <pre className="fp-seg-diff">
      {pieces.map((p, i) =>
        p.change === 'same' ? (
          <span key={i}>{p.text}</span>
        ) : p.change === 'added' ? (
          <ins key={i} aria-label={t('segments.added', { text: p.text })}>
            {p.text}
          </ins>
        ) : (
          <del key={i} aria-label={t('segments.removed', { text: p.text })}>
            {p.text}
          </del>
        ),
      )}
    </pre>
  );
}
