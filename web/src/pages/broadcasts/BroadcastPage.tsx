import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { broadcasts } from '../../api/broadcasts';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { BroadcastForm } from './BroadcastForm';
import { SentBroadcast } from './SentBroadcast';
import './broadcasts.css';

const route = getRouteApi('/shell/broadcasts/$broadcastId');

/** A broadcast: while it is a draft, the form; after, who has confirmed and what came of it. */
export function BroadcastPage() {
  const { t } = useTranslation();
  const { broadcastId } = route.useParams();
  const found = useQuery({
    queryKey: ['broadcast', broadcastId],
    queryFn: () => broadcasts.read(broadcastId),
    refetchInterval: (query) => (['asked', 'planned', 'awaiting'].includes(query.state.data?.status ?? '') ? 5000 : false),
  });
  const b = found.data;
  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/broadcasts" search={b?.kind === 'moment' ? { tab: 'moment' } : {}}>
          {t('broadcasts.title')}
        </Link>
      </nav>
      {found.isError && !b ? (
        <>
          <PageHeader title={t('broadcasts.title')} />
          <ProblemView error={found.error} onRetry={() => void found.refetch()} />
        </>
      ) : !b ? (
        <Loading rows={8} />
      ) : b.status === 'draft' ? (
        <BroadcastForm key={b.id} broadcast={b} />
      ) : (
        <SentBroadcast broadcast={b} />
      )}
    </div>
  );
}
