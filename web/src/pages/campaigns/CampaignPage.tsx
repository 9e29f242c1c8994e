import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { campaigns } from '../../api/campaigns';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { SentPage } from './SentPage';
import { Wizard } from './Wizard';
import './campaigns.css';

const route = getRouteApi('/shell/campaigns/$campaignId');

/** A campaign: while it is a draft, the way to write it; after, how it goes and what it brought. */
export function CampaignPage() {
  const { t } = useTranslation();
  const { campaignId } = route.useParams();
  const { tab } = route.useSearch();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(0);
  const campaign = useQuery({
    queryKey: ['campaign', campaignId],
    queryFn: () => campaigns.read(campaignId),
    refetchInterval: (query) => (['planned', 'sending'].includes(query.state.data?.status ?? '') ? 2000 : query.state.data?.status === 'awaiting' || query.state.data?.status === 'running' ? 10_000 : false),
  });
  const c = campaign.data;
  const reload = () => void queries.resetQueries({ queryKey: ['campaign', campaignId] }).then(() => setOpened((n) => n + 1));
  return (
    <div className="fp-page fp-campaign">
      <nav className="fp-crumb">
        <Link to="/campaigns" search={{}}>
          {t('campaigns.title')}
        </Link>
      </nav>
      {campaign.isError && !c ? (
        <>
          <PageHeader title={t('campaigns.title')} />
          <ProblemView error={campaign.error} onRetry={() => void campaign.refetch()} />
        </>
      ) : !c ? (
        <Loading rows={10} />
      ) : c.status === 'draft' ? (
        <Wizard key={`${c.id} ${opened}`} campaign={c} onReload={reload} />
      ) : (
        <SentPage campaign={c} tab={tab} />
      )}
    </div>
  );
}
