import { UserAddOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull, type Options, type Run, type Spec } from '../../../api/journeys';
import type { Search } from '../../../app/search';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { Loading } from '../../../ui/Loading';
import { Pager } from '../../../ui/Pager';
import { ProblemView } from '../../../ui/ProblemView';
import { rowEvents } from '../../../ui/rowEvents';
import { useListKeys } from '../../../ui/useListKeys';
import { usePages } from '../../../ui/usePages';
import { TimeText } from '../../../ui/values';
import { stepOf } from '../model/edits';
import { inOrder } from '../model/graph';
import { useWords } from '../model/words';
import { EnterDialog } from './EnterDialog';
import { RunDrawer } from './RunDrawer';
import { useRunWords } from './useRunWords';

const statuses = ['active', 'done', 'exited', 'cancelled', 'failed', 'holdout'] as const;

interface Props {
  journey: JourneyFull;
  spec: Spec;
  options?: Options;
  run: boolean;
  search: Search;
  onSearch: (next: Record<string, string | undefined>) => void;
}

/** Everybody who came in, and where they are. */
export function PeopleTab({ journey: j, spec, options, run, search, onSearch }: Props) {
  const { t } = useTranslation();
  const words = useWords(options);
  const why = useRunWords();
  const [entering, setEntering] = useState(false);
  const q = search.q ?? '';
  const step = search.step ?? '';
  const status = statuses.find((s) => s === search.status);
  const pages = usePages(q, step, status);
  const list = useQuery({
    queryKey: ['journey-runs', j.id, q, step, status, pages.cursor],
    queryFn: () => journeys.runs(j.id, { q: q || undefined, step: step || undefined, status, limit: 20, cursor: pages.cursor }),
    enabled: j.version > 0,
    placeholderData: (before) => before,
    refetchInterval: j.status === 'live' ? 5000 : false,
  });
  const items = list.data?.items ?? [];
  const go = (next: { q?: string; step?: string; status?: string; run?: string }) => onSearch({ q, step, status, run: undefined, ...next });
  const open = (r: Run | undefined) => r && go({ run: r.id });
  const active = useListKeys(items.length, (i) => open(items[i]));
  const nameOf = (id: string) => {
    const s = stepOf(spec, id) ?? stepOf(j.draft, id);
    return s ? words.name(s) : id || t('journeys.beforeFirst');
  };
  const add = run && (j.status === 'live' || j.status === 'paused') && (
    <Button icon={<UserAddOutlined />} onClick={() => setEntering(true)}>
      {t('journeys.live.enter')}
    </Button>
  );
  if (j.version === 0) return <EmptyState title={t('journeys.live.notYet')} text={t('journeys.live.notYetText')} />;
  const filtered = q !== '' || step !== '' || status !== undefined;
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('journeys.run.search')} aria-label={t('journeys.run.search')} maxLength={60} onSearch={(text) => go({ q: text.trim() })} />
        <Select value={step} aria-label={t('journeys.run.step')} style={{ minWidth: 160 }} showSearch={{ optionFilterProp: 'label' }} onChange={(s: string) => go({ step: s })} options={[{ value: '', label: t('journeys.run.anyStep') }, ...inOrder(spec.graph.steps).map((s) => ({ value: s.id, label: words.name(s) }))]} />
        <Select value={status ?? ''} aria-label={t('journeys.run.status')} style={{ minWidth: 120 }} onChange={(s: string) => go({ status: s })} options={[{ value: '', label: t('journeys.run.anyStatus') }, ...statuses.map((s) => ({ value: s, label: t(`journeys.run.statuses.${s}`) }))]} />
        <span className="fp-end">{add}</span>
      </div>
      <div className="fp-table-wrap fp-click" aria-busy={list.isFetching && list.isPlaceholderData}>
        {list.isError ? (
          <ProblemView error={list.error} onRetry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading rows={8} />
        ) : items.length === 0 ? (
          <EmptyState title={t('journeys.run.nobody')} text={t(filtered ? 'journeys.run.noneText' : 'journeys.run.nobodyText')} action={filtered ? <Button onClick={() => go({ q: '', step: '', status: '' })}>{t('customers.clear')}</Button> : add} />
        ) : (
          <DataTable<Run>
            rowKey="id"
            label={t('journeys.tabs.people')}
            minWidth={820}
            dataSource={items}
            {...rowEvents(active, open)}
            columns={[
              {
                key: 'person',
                title: t('journeys.run.person'),
                render: (_, r) => (
                  <button type="button" className="fp-journey-name" onClick={() => open(r)}>
                    {r.person_name || t('journeys.run.nameless')}
                  </button>
                ),
              },
              { key: 'status', title: t('journeys.run.status'), width: 170, render: (_, r) => <RunState run={r} why={why} /> },
              { key: 'step', title: t('journeys.run.step'), width: 200, render: (_, r) => (r.status === 'holdout' ? '—' : nameOf(r.step)) },
              { key: 'since', title: t('journeys.run.since'), width: 120, render: (_, r) => <TimeText at={r.since} /> },
              { key: 'due', title: t('journeys.run.due'), width: 120, render: (_, r) => <TimeText at={r.status === 'active' ? r.due_at : undefined} /> },
              { key: 'entered', title: t('journeys.run.entered'), width: 120, render: (_, r) => <TimeText at={r.entered_at} /> },
            ]}
          />
        )}
        <Pager pages={pages} next={list.data?.next_cursor} />
      </div>
      {search.run && <RunDrawer journeyId={j.id} runId={search.run} spec={spec} options={options} run={run} onClose={() => go({ run: undefined })} />}
      {entering && <EnterDialog journey={j} spec={spec} options={options} onClose={() => setEntering(false)} />}
    </>
  );
}

/** The state of a walk, and why. */
export function RunState({ run: r, why }: { run: Run; why: (code: string) => string }) {
  const { t } = useTranslation();
  return (
    <>
      <span className={`fp-run ${r.status}`}>{t(`journeys.run.statuses.${r.status}`)}</span>
      {r.why && r.status !== 'active' && <span className="fp-muted fp-small"> {why(r.why)}</span>}
      {r.why === 'broken' && r.status === 'active' && <span className="fp-no fp-small"> {why(r.why)}</span>}
    </>
  );
}
