import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Space, Tabs } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull } from '../../api/journeys';
import { useMay } from '../../app/me';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { EditTab } from './editor/EditTab';
import { JourneyStatus } from './JourneyStatus';
import { LiveTab } from './live/LiveTab';
import { PeopleTab } from './live/PeopleTab';
import { useWords } from './model/words';
import { TypedModal } from './TypedModal';
import './journeys.css';

const ReportTab = lazy(() => import('./report/ReportTab').then((m) => ({ default: m.ReportTab })));

const route = getRouteApi('/shell/journeys/$journeyId');
const tabs = ['edit', 'live', 'people', 'report'] as const;

export function JourneyPage() {
  const { t } = useTranslation();
  const { journeyId } = route.useParams();
  const journey = useQuery({ queryKey: ['journey', journeyId], queryFn: () => journeys.read(journeyId), refetchInterval: (q) => (q.state.data?.status === 'live' ? 15_000 : false) });
  return (
    <div className="fp-page fp-journey">
      <nav className="fp-crumb">
        <Link to="/journeys" search={{}}>
          {t('journeys.title')}
        </Link>
      </nav>
      {journey.isError && !journey.data ? (
        <>
          <PageHeader title={t('journeys.title')} />
          <ProblemView error={journey.error} onRetry={() => void journey.refetch()} />
        </>
      ) : !journey.data ? (
        <Loading rows={12} />
      ) : (
        <Shown key={journeyId} journey={journey.data} />
      )}
    </div>
  );
}

function Shown({ journey: j }: { journey: JourneyFull }) {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const { language } = usePreferences();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const search = route.useSearch();
  const write = may('journey.write');
  const publish = may('journey.publish');
  const options = useQuery({ queryKey: ['journeys-options', language], queryFn: journeys.options, staleTime: 60_000 });
  const [ending, setEnding] = useState(false);
  const tab = tabs.find((x) => x === search.tab) ?? (j.version > 0 ? 'live' : 'edit');
  const go = (next: Record<string, string | undefined>) => void navigate({ to: '/journeys/$journeyId', params: { journeyId: j.id }, search: Object.fromEntries(Object.entries(next).filter((e): e is [string, string] => Boolean(e[1]))) });
  const steer = useMutation({
    mutationFn: (what: 'pause' | 'resume' | 'end') => journeys[what](j.id),
    onError: notify,
    onSettled: () => Promise.all([['journey', j.id], ['journeys'], ['journey-counts', j.id], ['journey-runs', j.id]].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  const copy = useMutation({ mutationFn: () => journeys.duplicate(j.id), onError: notify, onSuccess: (made) => void navigate({ to: '/journeys/$journeyId', params: { journeyId: made.id }, search: {} }) });
  const spec = j.published ?? j.draft;
  const version = Number(search.version ?? 0) || 0;
  const onVersion = (of: string, v: number) => go({ tab: of, version: v > 0 ? String(v) : undefined });
  const words = useWords(options.data);
  const nameOf = (id: string) => {
    const step = spec.graph.steps.find((s) => s.id === id);
    return step ? words.name(step) : id;
  };
  return (
    <>
      <PageHeader
        title={j.name}
        note={[options.data ? words.entry(j.draft) : j.entry_text, j.version > 0 ? t('journeys.version', { n: j.version }) : t('journeys.notPublished'), j.version > 0 && j.changed ? t('journeys.unpublished') : ''].filter(Boolean).join(' · ')}
        extra={
          <Space wrap>
            <JourneyStatus journey={j} />
            {publish && j.status === 'live' && (
              <Button loading={steer.isPending} onClick={() => steer.mutate('pause')}>
                {t('journeys.pause')}
              </Button>
            )}
            {publish && j.status === 'paused' && (
              <Button type="primary" loading={steer.isPending} onClick={() => steer.mutate('resume')}>
                {t('journeys.resume')}
              </Button>
            )}
            {publish && (j.status === 'live' || j.status === 'paused') && (
              <Button danger onClick={() => setEnding(true)}>
                {t('journeys.end')}
              </Button>
            )}
            {write && (
              <Button loading={copy.isPending} onClick={() => copy.mutate()}>
                {t('journeys.duplicate')}
              </Button>
            )}
          </Space>
        }
      />
      {j.status === 'paused' && <Alert className="fp-journey-gap" type="warning" showIcon title={t('journeys.paused')} />}
      {((j.broken ?? 0) > 0 || (j.broken_of ?? []).length > 0) && (
        <Alert
          className="fp-journey-gap"
          type="error"
          showIcon
          title={(j.broken ?? 0) > 0 ? t('journeys.broken', { count: j.broken }) : t('journeys.brokenSoon')}
          description={
            (j.broken_of ?? []).length > 0 && (
              <ul>
                {[...new Set((j.broken_of ?? []).map((b) => `${nameOf(b.step)} · ${b.text}`))].map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            )
          }
        />
      )}
      {options.isError && <ProblemView error={options.error} onRetry={() => void options.refetch()} />}
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(x) => go({ tab: x })}
        items={[
          { key: 'edit', label: t('journeys.tabs.edit'), children: <EditTab journey={j} options={options.data} write={write} publish={publish} /> },
          { key: 'live', label: t('journeys.tabs.live'), children: <LiveTab journey={j} version={version} onVersion={(v) => onVersion('live', v)} options={options.data} run={publish} onPeople={(step) => go({ tab: 'people', step })} /> },
          { key: 'people', label: t('journeys.tabs.people') + (j.counts.active > 0 ? ` (${f.number(j.counts.active)})` : ''), children: <PeopleTab journey={j} spec={spec} options={options.data} run={publish} search={search} onSearch={(next) => go({ tab: 'people', ...next })} /> },
          {
            key: 'report',
            label: t('journeys.tabs.report'),
            children: (
              <Suspense fallback={<Loading rows={8} />}>
                <ReportTab journey={j} version={version} onVersion={(v) => onVersion('report', v)} />
              </Suspense>
            ),
          },
        ]}
      />
      {ending && (
        <TypedModal title={t('journeys.endTitle', { name: j.name })} ok={t('journeys.end')} name={j.name} danger onClose={() => setEnding(false)} onOk={() => steer.mutateAsync('end').then(() => setEnding(false))}>
          <p>{t('journeys.endText', { count: j.counts.active })}</p>
        </TypedModal>
      )}
    </>
  );
}
