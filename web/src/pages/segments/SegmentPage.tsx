import { CopyOutlined, DeleteOutlined, EditOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Grid, Tabs, Tooltip, Typography } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { OverlapTab } from './OverlapTab';
import { PeopleTab } from './PeopleTab';
import { ProfileTab } from './ProfileTab';
import { Settled } from './Settled';
import { Sparkline } from './Sparkline';
import { useRemoveSegment } from './useRemoveSegment';
import { VersionsTab } from './VersionsTab';
import './builder.css';
import './segments.css';
import './segment.css';

// Charts are heavy: they come when this tab is looked at.
const HistoryTab = lazy(() => import('./HistoryTab').then((m) => ({ default: m.HistoryTab })));

const route = getRouteApi('/shell/segments/$segmentId');
const tabs = ['overview', 'people', 'profile', 'overlap', 'versions'] as const;

export function SegmentPage() {
  const { t } = useTranslation();
  const { segmentId } = route.useParams();
  const segment = useQuery({
    queryKey: ['segment', segmentId],
    queryFn: () => segments.read(segmentId),
    refetchInterval: (q) => (q.state.data?.settled === false ? 2_000 : 60_000),
  });
  return (
    <div className="fp-page">
      {segment.isError ? (
        <>
          <PageHeader title={t('menu.segments')} />
          <ProblemView error={segment.error} onRetry={() => void segment.refetch()} />
        </>
      ) : !segment.data ? (
        <Loading rows={10} />
      ) : (
        <Shown segment={segment.data} />
      )}
    </div>
  );
}

function Refs({ label, items }: { label: string; items: Segment['refers'] }) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <span>
      {label}{' '}
      {items.map((r, i) => (
        <span key={r.id}>
          {i > 0 && t('common.listSeparator')}
          <Link to="/segments/$segmentId" params={{ segmentId: r.id }} search={{}}>
            {r.name}
          </Link>
        </span>
      ))}
    </span>
  );
}

function Shown({ segment: s }: { segment: Segment }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const wide = Grid.useBreakpoint().md ?? true;
  const navigate = useNavigate();
  const search = route.useSearch();
  const tab = tabs.find((x) => x === search.tab) ?? 'overview';
  const write = may('segment.write');
  const remove = useRemoveSegment(() => void navigate({ to: '/segments', search: {} }));
  const first = s.trend[0];
  const grown = first ? s.size - first.size : 0;
  const by = s.updated_by.name;
  return (
    <>
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/segments" search={{}}>
          {t('menu.segments')}
        </Link>
      </nav>
      <PageHeader
        title={s.name}
        note={s.description}
        extra={
          write && (
            <>
              <Link to="/segments/new" search={{ tree: JSON.stringify(s.tree), name: t('segments.copyOf', { name: s.name }) }}>
                <Button icon={<CopyOutlined />}>{t('segments.copy')}</Button>
              </Link>
              <Tooltip title={s.used_by.length > 0 ? t('segments.usedCannot', { name: s.used_by[0]?.name }) : ''}>
                <Button icon={<DeleteOutlined />} disabled={s.used_by.length > 0} loading={remove.isPending} onClick={() => remove.mutate(s)}>
                  {t('common.delete')}
                </Button>
              </Tooltip>
              <Link to="/segments/$segmentId/edit" params={{ segmentId: s.id }}>
                <Button type="primary" icon={<EditOutlined />}>
                  {t('segments.edit')}
                </Button>
              </Link>
            </>
          )
        }
      />
      <section className={`fp-seg-head${first && s.trend.length > 1 ? '' : ' young'}`} aria-label={t('segments.definition')}>
        <div className="fp-seg-head-size">
          <span className="fp-muted">{t('segments.size')}</span>
          <b className="fp-num" data-size={s.size}>
            {s.size_known ? f.number(s.size) : '—'}
          </b>
          <Settled settled={s.settled} words />
        </div>
        {s.trend.length > 1 && (
          <div className="fp-seg-head-trend">
            <span className="fp-muted">{t('segments.trend')}</span>
            <Sparkline days={s.trend} />
            <span className={`fp-num ${grown > 0 ? 'fp-yes' : grown < 0 ? 'fp-no' : 'fp-muted'}`}>
              {grown > 0 ? '+' : ''}
              {f.number(grown)}
            </span>
          </div>
        )}
        <div className="fp-seg-head-text">
          <Typography.Text code copyable={{ text: s.text, tooltips: [t('common.copy'), t('common.copied')] }}>
            {s.text}
          </Typography.Text>
          <p className="fp-muted fp-small">
            <span>
              {t('segments.versionBy', { version: s.version, name: by })} <TimeText at={s.updated_at} />
            </span>
            {s.includes > 0 && <span>{t('segments.includes', { count: s.includes, number: f.number(s.includes) })}</span>}
            {s.excludes > 0 && <span>{t('segments.excludes', { count: s.excludes, number: f.number(s.excludes) })}</span>}
            <Refs label={t('segments.refers')} items={s.refers} />
            <Refs label={t('segments.usedBy')} items={s.used_by} />
          </p>
        </div>
      </section>
      {s.problem && <Alert type="warning" showIcon title={t('segments.broken')} description={s.problem} className="fp-seg-broken" />}
      <Tabs
        tabBarGutter={wide ? undefined : 18}
        activeKey={tab}
        destroyOnHidden
        onChange={(next) => void navigate({ to: '/segments/$segmentId', params: { segmentId: s.id }, search: next === 'overview' ? {} : { tab: next } })}
        items={[
          {
            key: 'overview',
            label: t('segments.tabOverview'),
            children: (
              <Suspense fallback={<Loading />}>
                <HistoryTab segment={s} />
              </Suspense>
            ),
          },
          { key: 'people', label: t('segments.tabPeople'), children: <PeopleTab segment={s} write={write} /> },
          { key: 'profile', label: t('segments.tabProfile'), children: <ProfileTab segment={s} write={write} /> },
          { key: 'overlap', label: t('segments.tabOverlap'), children: <OverlapTab segment={s} /> },
          { key: 'versions', label: t('segments.tabVersions'), children: <VersionsTab segment={s} write={write} /> },
        ]}
      />
    </>
  );
}
