import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Dropdown, Input, Modal, Progress, Select, Tabs, Tooltip } from 'antd';
import { MoreOutlined } from '@ant-design/icons';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { drill, type DrillPurpose, type DrillReport, type DrillRun } from '../../api/drill';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { ReportMenu } from '../../ui/ReportMenu';
import { CompareTab } from './CompareTab';
import { MonthlyBar } from './MonthlyBar';
import { PeopleDrawer } from './PeopleDrawer';
import { Stats } from './pieces';
import { PlanTab } from './PlanTab';
import { Everybody, UnitsTab } from './UnitsTab';
import { readPeople, unitName, worst } from './words';
import './drill.css';

const route = getRouteApi('/shell/drill');
const tabs = ['units', 'plan', 'compare'] as const;
const open = (r: DrillRun) => r.status === 'queued' || r.status === 'running';

/** What would be left tomorrow if an account, a colleague or a platform vanished tonight. */
export function DrillPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const search = route.useSearch();
  const [purpose, setPurpose] = useState<DrillPurpose>();
  const runs = useQuery({ queryKey: ['drills'], queryFn: drill.list, select: (d) => d.items ?? [], refetchInterval: (q) => ((q.state.data?.items ?? []).some(open) ? 1000 : false) });
  const all = runs.data ?? [];
  const going = all.find(open);
  const done = all.filter((r) => r.status === 'done');
  const shown = done.find((r) => r.id === search.run) ?? done[0];
  const report = useQuery({ queryKey: ['drill', shown?.id], queryFn: () => drill.get(shown?.id ?? ''), enabled: Boolean(shown) });
  const asked = purpose ?? (shown?.purpose as DrillPurpose | undefined) ?? 'marketing';
  const start = useMutation({
    mutationFn: () => drill.start({ purpose: asked }),
    onError: notify,
    onSettled: () => queries.invalidateQueries({ queryKey: ['drills'] }),
    onSuccess: (run) => void navigate({ to: '/drill', search: { tab: search.tab ?? '', run: run.id } }),
  });
  const who = readPeople(search.who);
  const tab = tabs.find((k) => k === search.tab) ?? 'units';
  const runButton = (
    <Button type="primary" loading={start.isPending || Boolean(going)} onClick={() => start.mutate()} data-run-drill="">
      {t('drill.run')}
    </Button>
  );
  return (
    <div className="fp-page fp-drill">
      <PageHeader
        title={t('menu.drill')}
        note={t('drill.note')}
        extra={
          <>
            {may('insight.keep') && (
              <>
                <Tooltip title={t('drill.purposeHelp')}>
                  <Select aria-label={t('drill.purpose')} value={asked} onChange={setPurpose} options={(['marketing', 'service'] as const).map((value) => ({ value, label: t(`drill.purposeOf.${value}`) }))} />
                </Tooltip>
                {runButton}
              </>
            )}
            <ReportMenu page="drill" query={{ run: shown?.id }} disabled={!shown} />
          </>
        }
      />
      {runs.isError ? (
        <ProblemView error={runs.error} onRetry={() => void runs.refetch()} />
      ) : !runs.data ? (
        <Loading rows={8} />
      ) : (
        <>
          <MonthlyBar going={`${all[0]?.id ?? ''} ${all[0]?.status ?? ''}`} />
          {going && <Going run={going} />}
          {all[0]?.status === 'failed' && <Alert type="error" showIcon title={t('drill.failed')} description={all[0].error} />}
          {!shown ? (
            !going && <EmptyState title={t('drill.empty')} text={t('drill.emptyText')} action={may('insight.keep') ? runButton : undefined} />
          ) : (
            <>
              <RunBar runs={done} run={shown} />
              {report.isError ? (
                <ProblemView error={report.error} onRetry={() => void report.refetch()} />
              ) : !report.data ? (
                <Loading rows={8} />
              ) : (
                <Findings report={report.data}>
                  <Tabs
                    activeKey={tab}
                    destroyOnHidden
                    onChange={(key) => void navigate({ to: '/drill', search: { ...search, who: '', tab: key } })}
                    items={[
                      { key: 'units', label: t('drill.tab.units'), children: <UnitsTab report={report.data} /> },
                      { key: 'plan', label: t('drill.tab.plan'), children: <PlanTab key={shown.id} report={report.data} /> },
                      { key: 'compare', label: t('drill.tab.compare'), children: <CompareTab runs={all} current={shown} /> },
                    ]}
                  />
                  <p className="fp-drill-asof">
                    {t('drill.asOf', { at: f.dateTime(shown.finished_at ?? shown.made_at), purpose: t(`drill.purposeOf.${shown.purpose}`), zone: f.timeZone })}
                  </p>
                </Findings>
              )}
            </>
          )}
        </>
      )}
      {who && <PeopleDrawer key={search.who} title={who.title ?? ''} who={peopleOnly(who)} onClose={() => void navigate({ to: '/drill', search: { ...search, who: '' } })} />}
    </div>
  );
}

function peopleOnly({ title, ...who }: NonNullable<ReturnType<typeof readPeople>>) {
  void title; // the address holds it for the drawer's head
  return who;
}

/** How far a drill is. */
function Going({ run }: { run: DrillRun }) {
  const { t } = useTranslation();
  return (
    <Alert
      type="info"
      title={`${t('drill.running')}: ${t(`drill.step.s${Math.min(run.step, run.steps - 1)}`)}`}
      description={
        <>
          <Progress percent={Math.round((100 * run.step) / run.steps)} aria-label={t('drill.running')} />
          {t('drill.runningNote')}
        </>
      }
      data-drill-going={run.id}
    />
  );
}

/** Which drill is shown, and what can be done with it. */
function RunBar({ runs, run }: { runs: DrillRun[]; run: DrillRun }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const { modal, message } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const search = route.useSearch();
  const [name, setName] = useState<string>();
  useEffect(() => setName(undefined), [run.id]);
  const change = useMutation({
    mutationFn: (body: { name?: string; kept?: boolean }) => drill.patch(run.id, body),
    onError: notify,
    onSuccess: async () => {
      setName(undefined);
      await Promise.all([queries.invalidateQueries({ queryKey: ['drills'] }), queries.invalidateQueries({ queryKey: ['drill', run.id] })]);
    },
  });
  const remove = async () => {
    try {
      await drill.remove(run.id);
      void message.success(t('drill.removed'));
      await navigate({ to: '/drill', search: { tab: search.tab ?? '' } });
      await queries.invalidateQueries({ queryKey: ['drills'] });
    } catch (error) {
      notify(error);
    }
  };
  return (
    <div className="fp-drill-bar" data-drill-run={run.id}>
      <Select
        aria-label={t('drill.which')}
        value={run.id}
        onChange={(id: string) => void navigate({ to: '/drill', search: { tab: search.tab ?? '', run: id } })}
        options={runs.map((r) => ({ value: r.id, label: `${r.name} · ${f.date(r.finished_at ?? r.made_at)} · ${r.kept ? t('drill.keptRun') : t('drill.loose')}` }))}
      />
      {may('insight.keep') && (
        <>
          <Button loading={change.isPending} onClick={() => change.mutate({ kept: !run.kept })} data-keep={String(run.kept)}>
            {run.kept ? t('drill.release') : t('drill.keep')}
          </Button>
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                { key: 'rename', label: t('drill.rename') },
                { key: 'remove', label: t('drill.remove'), danger: true },
              ],
              onClick: ({ key }) => {
                if (key === 'rename') setName(run.name);
                else modal.confirm({ title: t('drill.removeSure', { name: run.name }), okText: t('drill.remove'), okButtonProps: { danger: true }, onOk: remove });
              },
            }}
          >
            <Button icon={<MoreOutlined />} aria-label={t('drill.more')} />
          </Dropdown>
        </>
      )}
      <Modal open={name !== undefined} title={t('drill.rename')} onCancel={() => setName(undefined)} onOk={() => change.mutate({ name: name?.trim() })} okButtonProps={{ disabled: !name?.trim() }} confirmLoading={change.isPending}>
        <Input aria-label={t('drill.name')} value={name} maxLength={80} onChange={(e) => setName(e.target.value)} />
      </Modal>
    </div>
  );
}

/** The sums, the greatest risk, and what else the drill found. */
function Findings({ report, children }: { report: DrillReport; children: React.ReactNode }) {
  const { t } = useTranslation();
  const f = useFormat();
  const w = worst(report.units ?? []);
  const totals = report.run.totals;
  if (!totals) return null;
  return (
    <>
      <Alert
        type={w ? 'warning' : totals.reachable > 0 ? 'success' : totals.persons > 0 ? 'warning' : 'info'}
        showIcon
        data-worst={w?.id ?? ''}
        title={
          w
            ? t('drill.worst', { name: unitName(t, w), count: w.lost, number: f.number(w.lost) }) + (w.lost_minor ? t('drill.worstMoney', { money: f.moneyCompact(w.lost_minor, report.value.currency) }) : '')
            : totals.reachable > 0
              ? t('drill.safe')
              : t('drill.noUnitsText')
        }
      />
      {!report.value.known && (
        <Alert
          type="info"
          showIcon
          data-no-values=""
          title={t('drill.noValue')}
          description={report.value.why}
          action={
            <Link to={'/value' as string}>
              <Button size="small">{t('drill.noValueGo')}</Button>
            </Link>
          }
        />
      )}
      <Stats runId={report.run.id} totals={totals} at={report.run.finished_at} currency={report.value.currency} />
      <Everybody report={report} />
      {children}
    </>
  );
}
