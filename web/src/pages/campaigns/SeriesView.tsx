import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign } from '../../api/campaigns';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { CampaignStatus } from './CampaignStatus';
import { wordsOf } from './schedule';

/** A series: when it comes next, how often it came, and each campaign that it made. */
export function SeriesView({ campaign: c }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const f = useFormat();
  const pages = usePages(c.id);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['campaigns', 'series', c.id, cursor],
    queryFn: () => campaigns.list({ series_id: c.id, limit: 20, cursor }),
    placeholderData: (before) => before,
    refetchInterval: c.status === 'running' ? 10_000 : false,
  });
  const items = list.data?.items ?? [];
  return (
    <div className="fp-stack">
      <section className="fp-campaign-box" aria-labelledby="series">
        <h2 id="series">{c.schedule ? wordsOf(c.schedule, f.language, t) : t('campaigns.fields.schedule')}</h2>
        <dl className="fp-figures">
          <div>
            <dt>{t('campaigns.again.next')}</dt>
            <dd>{c.next_at ? <TimeText at={c.next_at} exact /> : '—'}</dd>
          </div>
          <div>
            <dt>{t('campaigns.again.runs')}</dt>
            <dd className="fp-num">{f.number(c.occurrences)}</dd>
          </div>
          <div>
            <dt>{t('campaigns.again.skipped')}</dt>
            <dd className="fp-num">{f.number(c.skipped)}</dd>
          </div>
          {c.schedule?.until && (
            <div>
              <dt>{t('campaigns.again.until')}</dt>
              <dd className="fp-num">{c.schedule.until}</dd>
            </div>
          )}
        </dl>
      </section>
      {c.status === 'paused' && <Alert type="info" showIcon title={t('campaigns.again.pausedText')} />}
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={5} />
      ) : items.length === 0 && pages.number === 1 ? (
        <EmptyState title={t('campaigns.again.noneTitle')} text={t('campaigns.again.noneText')} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          <DataTable<Campaign>
            rowKey="id"
            label={t('campaigns.again.occurrences')}
            minWidth={560}
            dataSource={items}
            columns={[
              {
                key: 'day',
                title: t('campaigns.again.day'),
                render: (_, o) => (
                  <Link to="/campaigns/$campaignId" params={{ campaignId: o.id }} search={{}} className="fp-link-row">
                    {o.occurrence}
                  </Link>
                ),
              },
              { key: 'status', title: t('campaigns.status'), width: 140, render: (_, o) => <CampaignStatus campaign={o} /> },
              { key: 'people', title: t('campaigns.people'), width: 110, align: 'right', render: (_, o) => <span className="fp-num">{f.number(o.people)}</span> },
              { key: 'sent', title: t('campaigns.sent'), width: 110, align: 'right', render: (_, o) => <span className="fp-num">{o.progress ? f.number(o.progress.sent) : '—'}</span> },
            ]}
          />
          <Pager pages={pages} next={list.data?.next_cursor} />
        </div>
      )}
    </div>
  );
}
