import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Card, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { insight, lifecycle } from '../../api/endpoints';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { isMonth } from '../../lib/zone';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { ReportMenu } from '../../ui/ReportMenu';
import { CohortGrid } from './CohortGrid';
import { PeriodPicker } from './PeriodPicker';
import { PondPicture } from './PondPicture';
import { SalesChart } from './SalesChart';
import { StageFlowChart } from './StageFlowChart';
import { StatCards } from './StatCards';
import { TopProducts, TopRegions } from './TopTables';
import './overview.css';

const route = getRouteApi('/shell/');

/** The first page in the morning: who is in the pond, what moved, what it brought. */
export function OverviewPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const wanted = isMonth(search.from) && isMonth(search.to) ? { from: search.from, to: search.to } : {};

  const overview = useQuery({
    queryKey: ['overview', wanted],
    queryFn: () => insight.overview(wanted),
    placeholderData: (before) => before,
  });
  const stages = useQuery({ queryKey: ['stages'], queryFn: lifecycle.stages });
  const period = overview.data?.period;
  const months = { from: period?.from, to: period?.to };
  const ready = Boolean(period?.from && overview.data?.last_month);
  const flow = useQuery({
    queryKey: ['flow', months],
    queryFn: () => lifecycle.flow(months),
    enabled: ready,
    placeholderData: (before) => before,
  });
  const cohorts = useQuery({
    queryKey: ['cohorts', months],
    queryFn: () => insight.cohorts(months),
    enabled: ready,
    placeholderData: (before) => before,
  });

  if (overview.isPending)
    return (
      <div className="fp-page">
        <PageHeader title={t('menu.home')} />
        <Loading rows={10} />
      </div>
    );
  if (overview.isError)
    return (
      <div className="fp-page">
        <PageHeader title={t('menu.home')} />
        <ProblemView error={overview.error} onRetry={() => void overview.refetch()} />
      </div>
    );

  const data = overview.data;
  if (!data.last_month && data.persons === 0)
    return (
      <div className="fp-page">
        <PageHeader title={t('menu.home')} />
        <Card>
          <EmptyState
            title={t('overview.emptyTitle')}
            text={t('overview.emptyText')}
            action={
              may('import.run') && (
                <Link to="/imports">
                  <Button type="primary">{t('overview.emptyGo')}</Button>
                </Link>
              )
            }
          />
        </Card>
      </div>
    );

  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.home')}
        note={
          period && (
            <Tooltip
              title={t('overview.periodExact', {
                start: f.dateTime(period.start_at),
                end: f.dateTime(period.end_at),
                zone: period.time_zone,
              })}
            >
              <span className="fp-period">
                {t('overview.period', { from: period.from, to: period.to, zone: period.time_zone })}
                {data.counted_to && ` ${t('overview.countedTo', { at: f.dateTime(data.counted_to) })}`}
              </span>
            </Tooltip>
          )
        }
        extra={
          ready &&
          period && (
            <>
            <PeriodPicker
              from={period.from}
              to={period.to}
              first={data.first_month}
              last={data.last_month}
              onChange={(from, to) => void navigate({ to: '/', search: { from, to } })}
            />
            <ReportMenu page="overview" query={{ from: period.from, to: period.to }} />
            </>
          )
        }
      />
      <div className="fp-stack" aria-busy={overview.isPlaceholderData}>
        {data.orders > 0 && data.gmv_minor === 0 && <Alert type="warning" showIcon title={t('overview.otherCurrency', { currency: data.currency })} />}
        <StatCards data={data} />
        <Card title={t('pond.title')}>
          {stages.isError ? (
            <ProblemView error={stages.error} onRetry={() => void stages.refetch()} />
          ) : stages.data ? (
            <PondPicture stages={stages.data.items} flow={flow.data} />
          ) : (
            <Loading rows={3} />
          )}
        </Card>
        <div className="fp-two">
          <Card title={t('flow.title')}>
            {flow.isError ? (
              <ProblemView error={flow.error} onRetry={() => void flow.refetch()} />
            ) : flow.data ? (
              <StageFlowChart flow={flow.data} />
            ) : (
              <Loading />
            )}
          </Card>
          <Card title={t('sales.title')}>
            <SalesChart data={data} />
          </Card>
        </div>
        <Card title={t('cohort.title')}>
          {cohorts.isError ? (
            <ProblemView error={cohorts.error} onRetry={() => void cohorts.refetch()} />
          ) : cohorts.data ? (
            <CohortGrid cohorts={cohorts.data} period={data.period} />
          ) : (
            <Loading />
          )}
        </Card>
        <div className="fp-two fp-two-paper">
          <Card title={t('top.regions')} styles={{ body: { padding: 0 } }}>
            <TopRegions data={data} />
          </Card>
          <Card title={t('top.products')} styles={{ body: { padding: 0 } }}>
            <TopProducts data={data} />
          </Card>
        </div>
      </div>
    </div>
  );
}
