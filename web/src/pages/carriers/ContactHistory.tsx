import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Contact } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

export function HistoryList({ history }: { history: NonNullable<Contact['history']> }) {
  const { t } = useTranslation();
  return (
    <ol className="fp-acc-history">
      {history.map((h) => (
        <li key={`${h.at}${h.change}`}>
          <TimeText at={h.at} exact /> {t(`carriers.change_${h.change}`, { defaultValue: h.change })}
          <span className="fp-muted fp-small"> {t(`carriers.source_${h.source}`, { defaultValue: h.source })}</span>
        </li>
      ))}
    </ol>
  );
}

/** How a friendship went. A list of an account's contacts leaves that out: it is asked for with the person. */
export function ContactHistory({ contact: c }: { contact: Contact }) {
  const { t } = useTranslation();
  const ties = useQuery({ queryKey: ['person', c.person_id, 'contacts'], queryFn: () => carriers.contactsOf(c.person_id) });
  if (ties.isError) return <ProblemView error={ties.error} onRetry={() => void ties.refetch()} />;
  if (ties.isPending) return <Loading rows={2} />;
  const tie = ties.data.items.find((x) => x.account_id === c.account_id && x.user_id === c.user_id && x.external_id === c.external_id);
  const history = tie?.history ?? [];
  return (
    <>
      {history.length > 0 ? <HistoryList history={history} /> : <p className="fp-muted">{t('carriers.noHistory')}</p>}
      <p className="fp-muted fp-small fp-break">{t('carriers.externalId', { id: c.external_id })}</p>
    </>
  );
}
