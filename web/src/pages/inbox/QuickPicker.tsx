import { useQuery } from '@tanstack/react-query';
import { Spin } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { quickReplies, type QuickReply } from '../../api/inbox';
import { wordsOf } from './state/outbox';

export function useQuickReplies(typed: string | undefined, account: string) {
  return useQuery({
    queryKey: ['inbox', 'quick', typed, account],
    queryFn: () => quickReplies.find(typed ?? '', account),
    enabled: typed !== undefined,
    staleTime: 30_000,
    placeholderData: (was) => was,
  });
}

interface Props {
  id: string;
  items: readonly QuickReply[] | undefined;
  at: number;
  onPick: (q: QuickReply) => void;
}

/** Quick replies that fit what was typed behind the slash. The focus stays in the field. */
export function QuickPicker({ id, items, at, onPick }: Props) {
  const { t } = useTranslation();
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);
  return (
    <div className="fp-inbox-quick">
      {!items ? (
        <Spin size="small" />
      ) : items.length === 0 ? (
        <p className="fp-muted">{t('inbox.noQuick')}</p>
      ) : (
        <ul role="listbox" id={id} aria-label={t('inbox.quickReplies')}>
          {items.map((q, i) => (
            <li key={q.id} id={`${id}-${i}`} role="option" aria-selected={i === at} data-quick={q.id} onMouseDown={(e) => e.preventDefault()} onClick={() => onPick(q)}>
              <b>
                <bdi>{q.title}</bdi>
                {q.folder && <span className="fp-muted"> {q.folder}</span>}
              </b>
              <span className="fp-muted">
                <bdi>{wordsOf(q.parts)}</bdi>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
