import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { measure } from '../../api/measure';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { ReportMenu } from '../../ui/ReportMenu';
import { FunnelTab } from './FunnelTab';
import { Kept } from './Kept';
import { PathsTab } from './PathsTab';
import { RetentionTab } from './RetentionTab';
import { SharedTab } from './SharedTab';
import './measure.css';

const route = getRouteApi('/shell/measure');
const tabs = ['funnel', 'retention', 'paths', 'shared'] as const;

/** How far people come, who comes back, which way they go. What is asked stands in the address. */
export function MeasurePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const tab = tabs.find((k) => k === search.tab) ?? 'funnel';
  const kinds = useQuery({ queryKey: ['event-kinds'], queryFn: measure.events, select: (d) => d.items ?? [] });
  const ask = (question: unknown) => void navigate({ to: '/measure', search: { tab, q: JSON.stringify(question) } });
  // Another tab is drawn once more before it goes: it must not read this one's question.
  const of = (k: (typeof tabs)[number]) => ({ key: k === tab ? search.q : k, kinds: kinds.data ?? [], asked: k === tab ? search.q : undefined, ask });
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.measure')} note={t('measure.note')} extra={<ReportMenu page={tab} query={{ q: search.q }} />} />
      {kinds.isError ? (
        <ProblemView error={kinds.error} onRetry={() => void kinds.refetch()} />
      ) : !kinds.data ? (
        <Loading rows={8} />
      ) : (
        <>
        <Kept tab={tab} asked={search.q} open={(kind, question) => void navigate({ to: '/measure', search: { tab: kind, q: JSON.stringify(question) } })} />
        <Tabs
          activeKey={tab}
          destroyOnHidden
          onChange={(key) => void navigate({ to: '/measure', search: { tab: key } })}
          items={[
            { key: 'funnel', label: t('measure.funnel'), children: <FunnelTab {...of('funnel')} /> },
            { key: 'retention', label: t('measure.retention'), children: <RetentionTab {...of('retention')} /> },
            { key: 'paths', label: t('measure.paths'), children: <PathsTab {...of('paths')} /> },
            { key: 'shared', label: t('shared.tab'), children: <SharedTab {...of('shared')} /> },
          ]}
        />
        </>
      )}
    </div>
  );
}
