import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Progress, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { reach, type PlanState, type SendPlan } from '../../api/reach';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { through, totalOf } from '../../lib/sending';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';

const states: readonly PlanState[] = ['draft', 'running', 'paused', 'cancelling', 'done', 'cancelled'];

interface Props {
  search: Record<string, string>;
  onSearch: (next: Record<string, string | undefined>) => void;
}

/** What is being sent and was sent, whatever asked for it. */
export function PlansTab({ search, onSearch }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const { modal } = App.useApp();
  const queries = useQueryClient();
  const status = states.find((s) => s === search.status);
  const pages = usePages(status);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['reach', 'plans', status, cursor],
    queryFn: () => reach.plans({ status, limit: 20, cursor }),
    placeholderData: (before) => before,
    refetchInterval: (q) => (q.state.data?.items?.some((p) => p.status === 'running' || p.status === 'cancelling') ? 3000 : false),
  });
  const act = useMutation({
    mutationFn: ({ plan, what }: { plan: SendPlan; what: 'pause' | 'resume' | 'cancel' }) => reach[what](plan.plan_id),
    onError: notify,
    onSettled: () => queries.invalidateQueries({ queryKey: ['reach'] }),
  });
  const cancel = (plan: SendPlan) =>
    void modal.confirm({ title: t('gate.plans.cancelTitle', { title: plan.title }), content: t('gate.plans.cancelText'), okText: t('gate.plans.cancel'), okButtonProps: { danger: true }, onOk: () => act.mutateAsync({ plan, what: 'cancel' }).catch(() => undefined) });
  const items = list.data?.items ?? [];
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  const count = (p: SendPlan, state: string, n: number) =>
    n > 0 ? (
      <Link to="/gate" search={{ tab: 'messages', plan: p.plan_id, status: state }} className="fp-num">
        {f.number(n)}
      </Link>
    ) : (
      <span className="fp-muted">0</span>
    );
  return (
    <>
      <div className="fp-toolbar">
        <Select value={status ?? ''} aria-label={t('gate.state')} style={{ minWidth: 150 }} onChange={(s) => onSearch({ status: s })} options={[{ value: '', label: t('gate.plans.all') }, ...states.map((s) => ({ value: s, label: t(`gate.plans.states.${s}`) }))]} />
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {list.isPending ? (
            <Loading rows={8} />
          ) : empty ? (
            <EmptyState title={t('gate.plans.noneTitle')} text={t('gate.plans.noneText')} />
          ) : (
            <DataTable<SendPlan>
              rowKey="plan_id"
              label={t('gate.tabs.plans')}
              minWidth={1060}
              dataSource={items}
              columns={[
                {
                  key: 'title',
                  title: t('gate.plans.title'),
                  render: (_, p) => (
                    <>
                      {p.origin === 'campaign' && p.plan_id === p.origin_id ? (
                        <Link to="/campaigns/$campaignId" params={{ campaignId: p.origin_id }} search={{}} className="fp-link-row">
                          {p.title}
                        </Link>
                      ) : (
                        <b>{p.title}</b>
                      )}
                      <div className="fp-muted fp-small">
                        {t(`reach.purposes.${p.purpose}`)} · <TimeText at={p.start_at} />
                      </div>
                    </>
                  ),
                },
                {
                  key: 'status',
                  title: t('gate.state'),
                  width: 170,
                  render: (_, p) => (
                    <>
                      <span className={`fp-gate-state ${p.status}`}>{t(`gate.plans.states.${p.status}`)}</span>
                      <Progress percent={through(p)} size="small" status="normal" aria-label={t('gate.plans.progressOf', { title: p.title })} />
                    </>
                  ),
                },
                { key: 'total', title: t('gate.plans.total'), width: 90, align: 'right', render: (_, p) => <span className="fp-num">{f.number(p.total)}</span> },
                { key: 'sent', title: t('reach.states.sent'), width: 90, align: 'right', render: (_, p) => <span className="fp-num">{f.number(p.sent)}</span> },
                { key: 'waiting', title: t('reach.states.waiting'), width: 90, align: 'right', render: (_, p) => count(p, 'waiting', totalOf(p.waiting)) },
                { key: 'held', title: t('reach.states.held'), width: 90, align: 'right', render: (_, p) => count(p, 'held', totalOf(p.held)) },
                { key: 'failed', title: t('reach.states.failed'), width: 90, align: 'right', render: (_, p) => count(p, 'failed', totalOf(p.failed)) },
                { key: 'doubtful', title: t('reach.states.doubtful'), width: 150, align: 'right', render: (_, p) => count(p, 'doubtful', p.doubtful) },
                {
                  key: 'tools',
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: 140,
                  align: 'right',
                  render: (_, p) =>
                    may('reach.send') && (
                      <Space size={6}>
                        {p.status === 'running' && (
                          <Button size="small" aria-label={`${t('gate.pause')} ${p.title}`} onClick={() => act.mutate({ plan: p, what: 'pause' })}>
                            {t('gate.pause')}
                          </Button>
                        )}
                        {p.status === 'paused' && (
                          <Button size="small" aria-label={`${t('gate.resume')} ${p.title}`} onClick={() => act.mutate({ plan: p, what: 'resume' })}>
                            {t('gate.resume')}
                          </Button>
                        )}
                        {['running', 'paused'].includes(p.status) && (
                          <Button size="small" danger aria-label={`${t('gate.plans.cancel')} ${p.title}`} onClick={() => cancel(p)}>
                            {t('gate.plans.cancel')}
                          </Button>
                        )}
                      </Space>
                    ),
                },
              ]}
            />
          )}
          <Pager pages={pages} next={list.data?.next_cursor} />
        </div>
      )}
    </>
  );
}
