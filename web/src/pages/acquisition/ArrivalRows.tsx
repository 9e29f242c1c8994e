import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { arrivals as api, type ArrivalQuery } from '../../api/acquisition';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

/** The latest arrivals of something, in a few lines. */
export function ArrivalRows({ filter, limit }: { filter: ArrivalQuery; limit: number }) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['arrivals', 'latest', filter, limit], queryFn: () => api.list({ ...filter, limit }), refetchInterval: 5_000 });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={3} />;
  const items = list.data.items ?? [];
  if (items.length === 0) return <EmptyState title={t('arrivals.noneYet')} text={t('arrivals.noneYetText')} />;
  return (
    <ul className="fp-list fp-padded">
      {items.map((a) => (
        <li key={a.id}>
          <span className="fp-grow">
            <Link to="/customers/$personId" params={{ personId: a.person_id }} className="fp-link-row">
              {a.person_name || t('customer.nameless')}
            </Link>
            {a.staff_name && <span className="fp-muted"> · {a.staff_name}</span>}
            {!a.first && <span className="fp-muted fp-small"> {t('arrivals.again')}</span>}
          </span>
          <TimeText at={a.at} />
        </li>
      ))}
    </ul>
  );
}
