import { MoreOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, App, Button, Dropdown, Tag, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reports, type ReportRun, type ReportSchedule } from '../../api/reports';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { TimeText } from '../../ui/values';
import { HistoryDrawer, RunState } from './HistoryDrawer';
import { ReportForm } from './ReportForm';
import { useCadenceText } from './words';
import './reports.css';

const going = (r?: ReportRun | null) => r?.status === 'open';

/** Reports that go to staff by mail, and what became of them. */
export function ReportsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const when = useCadenceText();
  const [edited, setEdited] = useState<ReportSchedule | 'new'>();
  const [history, setHistory] = useState<ReportSchedule>();
  const choices = useQuery({ queryKey: ['report-choices'], queryFn: reports.choices });
  const list = useQuery({ queryKey: ['reports'], queryFn: reports.list, select: (d) => d.items ?? [], refetchInterval: (q) => ((q.state.data?.items ?? []).some((s) => going(s.last_run)) ? 1500 : false) });
  const again = () => queries.invalidateQueries({ queryKey: ['reports'] });
  const act = useMutation({ mutationFn: (run: () => Promise<unknown>) => run(), onError: notify, onSettled: again });
  const mayChange = may('insight.report');
  const page = (key: string) => (choices.data?.pages ?? []).find((p) => p.key === key)?.name ?? key;
  const person = (id: string) => (choices.data?.recipients ?? []).find((p) => p.id === id)?.name ?? t('reports.gone');
  const remove = (s: ReportSchedule) =>
    act.mutate(async () => {
      await reports.remove(s.id);
      undo(`report-${s.id}`, t('reports.deleted', { name: s.name }), async () => {
        await reports.restore(s.id, s.status);
        await again();
      });
    });
  const send = (s: ReportSchedule) =>
    act.mutate(async () => {
      await reports.send(s.id, crypto.randomUUID());
      void message.success(t('reports.asked'));
    });
  const columns: TableColumnsType<ReportSchedule> = [
    {
      title: t('reports.name'),
      key: 'name',
      render: (_, s) => (
        <>
          <Button type="link" className="fp-report-name" onClick={() => setHistory(s)}>
            {s.name}
          </Button>
          <div className="fp-muted fp-small">{(s.pages ?? []).map((p) => page(p.page)).join(' · ')}</div>
          {s.cannot && <div className="fp-no fp-small">{s.cannot}</div>}
        </>
      ),
    },
    { title: t('reports.when'), key: 'when', render: (_, s) => <>{when(s.cadence)} <span className="fp-muted fp-small">{s.time_zone}</span></> },
    { title: t('reports.to'), key: 'to', render: (_, s) => (s.recipients ?? []).map(person).join('、') },
    { title: t('reports.next'), key: 'next', render: (_, s) => (s.status === 'paused' ? <Tag>{t('reports.paused')}</Tag> : <TimeText at={s.next_at} exact />) },
    { title: t('reports.last'), key: 'last', render: (_, s) => (s.last_run ? <RunState run={s.last_run} /> : <span className="fp-muted">{t('reports.never')}</span>) },
    {
      key: 'do',
      width: 48,
      render: (_, s) =>
        mayChange && (
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                { key: 'send', label: t('reports.sendNow'), disabled: Boolean(s.cannot), onClick: () => send(s) },
                { key: 'edit', label: t('reports.edit'), onClick: () => setEdited(s) },
                s.status === 'paused'
                  ? { key: 'go', label: t('reports.goOn'), onClick: () => act.mutate(() => reports.setStatus(s.id, 'active')) }
                  : { key: 'pause', label: t('reports.pause'), onClick: () => act.mutate(() => reports.setStatus(s.id, 'paused')) },
                { key: 'history', label: t('reports.history'), onClick: () => setHistory(s) },
                { type: 'divider' },
                { key: 'delete', label: t('reports.delete'), danger: true, onClick: () => remove(s) },
              ],
            }}
          >
            <Button type="text" icon={<MoreOutlined />} aria-label={t('reports.more', { name: s.name })} />
          </Dropdown>
        ),
    },
  ];
  const fresh = (
    <Button type="primary" onClick={() => setEdited('new')} data-new-report="">
      {t('reports.add')}
    </Button>
  );
  const failed = list.isError ? list : choices.isError ? choices : undefined;
  return (
    <div className="fp-page fp-reports">
      <PageHeader title={t('menu.reports')} note={t('reports.note')} extra={mayChange && list.data && list.data.length > 0 && fresh} />
      {choices.data?.cannot && (
        <Alert
          className="fp-report-gap"
          type="warning"
          showIcon
          title={choices.data.cannot}
          action={
            <Link to="/accounts">
              <Button size="small">{t('menu.accounts')}</Button>
            </Link>
          }
        />
      )}
      {failed ? (
        <ProblemView error={failed.error} onRetry={() => void failed.refetch()} />
      ) : !list.data || !choices.data ? (
        <Loading rows={6} />
      ) : list.data.length === 0 ? (
        <EmptyState title={t('reports.empty')} text={t('reports.emptyText')} action={mayChange ? fresh : undefined} />
      ) : (
        <DataTable<ReportSchedule> label={t('menu.reports')} minWidth={860} rowKey="id" dataSource={list.data} columns={columns} onRow={(s) => ({ 'data-report-row': s.id }) as object} />
      )}
      <p className="fp-muted fp-small fp-report-foot">{t('reports.staffOnly', { zone: choices.data?.time_zone ?? f.timeZone })}</p>
      {edited && choices.data && (
        <ReportForm
          key={edited === 'new' ? 'new' : edited.id}
          choices={choices.data}
          report={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
          onSaved={() => {
            setEdited(undefined);
            void again();
          }}
        />
      )}
      {history && <HistoryDrawer report={list.data?.find((s) => s.id === history.id) ?? history} onClose={() => setHistory(undefined)} />}
    </div>
  );
}
