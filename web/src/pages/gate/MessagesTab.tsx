import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Select, Space, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reach, type GateMessage, type MessageState } from '../../api/reach';
import { useMay } from '../../app/me';
import { useReason } from '../../app/useReason';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';

const anywhere: readonly MessageState[] = ['doubtful', 'held', 'failed'];
const inPlan: readonly MessageState[] = [...anywhere, 'planned', 'waiting', 'sending', 'asked', 'sent', 'delivered', 'read', 'cancelled'];
const reasons: Partial<Record<MessageState, readonly string[]>> = {
  held: ['do_not_contact', 'consent', 'window', 'platform_quota', 'quiet_hours', 'cap', 'carrier_cap', 'budget', 'no_address', 'content', 'holdout', 'expired', 'duplicate'],
  waiting: ['quiet_hours', 'cap', 'carrier_cap', 'budget', 'platform_quota', 'retry', 'rate', 'account'],
  failed: ['bounced', 'complained'],
};

interface Props {
  search: Record<string, string>;
  onSearch: (next: Record<string, string | undefined>) => void;
}

/** What did not arrive, or may not have, and what is to become of it. */
export function MessagesTab({ search, onSearch }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const why = useReason();
  const notify = useNotifyProblem();
  const { message, modal } = App.useApp();
  const queries = useQueryClient();
  const plan = search.plan;
  const states = plan ? inPlan : anywhere;
  const status = states.find((s) => s === search.status) ?? 'doubtful';
  const filter = { status, ...(plan ? { plan_id: plan } : {}), ...(search.why ? { why: search.why } : {}) };
  const pages = usePages(status, plan, search.why);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['reach', 'messages', filter, cursor], queryFn: () => reach.messages({ ...filter, limit: 20, cursor }), placeholderData: (before) => before });
  const of = useQuery({ queryKey: ['reach', 'plan', plan], queryFn: () => reach.plan(plan!), enabled: Boolean(plan) });
  const items = list.data?.items ?? [];
  const [marked, setMarked] = useState<string[]>([]);
  useEffect(() => setMarked([]), [status, plan, search.why, cursor]);
  const settle = useMutation({
    mutationFn: async ({ ids, as }: { ids: string[]; as: 'sent' | 'again' }) => {
      for (const id of ids) await reach.settle(id, as);
      return ids.length;
    },
    onError: notify,
    onSuccess: (count, v) => void message.success(t(v.as === 'sent' ? 'gate.messages.settledSent' : 'gate.messages.settledAgain', { count })),
    onSettled: () => {
      setMarked([]);
      void queries.invalidateQueries({ queryKey: ['reach'] });
    },
  });
  const decide = (ids: string[], as: 'sent' | 'again') => {
    if (as === 'sent') settle.mutate({ ids, as });
    else
      void modal.confirm({
        title: t('gate.messages.againTitle', { count: ids.length }),
        content: t('gate.messages.againText'),
        okText: t('gate.messages.again'),
        onOk: () => settle.mutateAsync({ ids, as }).catch(() => undefined),
      });
  };
  const deciding = status === 'doubtful' && may('reach.send');
  const go = (next: Record<string, string | undefined>) => onSearch({ plan, status, why: search.why, ...next });
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  return (
    <>
      <p className="fp-muted">{t(`gate.messages.notes.${anywhere.includes(status) ? status : 'other'}`)}</p>
      <div className="fp-toolbar">
        <Select value={status} aria-label={t('gate.state')} style={{ minWidth: 150 }} onChange={(s) => go({ status: s, why: undefined })} options={states.map((s) => ({ value: s, label: t(`reach.states.${s}`) }))} />
        {reasons[status] && (
          <Select
            value={search.why ?? ''}
            aria-label={t('gate.messages.reason')}
            style={{ minWidth: 200 }}
            popupMatchSelectWidth={false}
            onChange={(w) => go({ why: w })}
            options={[{ value: '', label: t('gate.messages.allReasons') }, ...[...new Set([...reasons[status], ...(search.why ? [search.why] : [])])].map((w) => ({ value: w, label: why(w) }))]}
          />
        )}
        {plan && (
          <Tag closable onClose={() => onSearch({ status: anywhere.includes(status) ? status : undefined })}>
            {of.data?.title || t('gate.messages.onePlan')}
          </Tag>
        )}
        {deciding && marked.length > 0 && (
          <Space>
            <Button loading={settle.isPending && settle.variables.as === 'sent'} onClick={() => decide(marked, 'sent')}>
              {t('gate.messages.arrivedMany', { count: marked.length })}
            </Button>
            <Button loading={settle.isPending && settle.variables.as === 'again'} onClick={() => decide(marked, 'again')}>
              {t('gate.messages.againMany', { count: marked.length })}
            </Button>
          </Space>
        )}
        <span className="fp-end">{items.length > 0 && <ExportMenu address={(format) => reach.messagesAddress(format, filter)} />}</span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {list.isPending ? (
            <Loading rows={8} />
          ) : empty ? (
            <EmptyState title={t('gate.messages.noneTitle')} text={t(status === 'doubtful' ? 'gate.messages.noneDoubtful' : 'gate.messages.noneText')} />
          ) : (
            <DataTable<GateMessage>
              rowKey="id"
              label={t('gate.tabs.messages')}
              minWidth={1040}
              dataSource={items}
              rowSelection={deciding ? { selectedRowKeys: marked, onChange: (keys) => setMarked(keys.map(String)), getCheckboxProps: (m) => ({ 'aria-label': t('gate.messages.mark', { name: m.name || t('customer.nameless') }) }) } : undefined}
              columns={[
                {
                  key: 'person',
                  title: t('gate.messages.person'),
                  width: 220,
                  render: (_, m) => (
                    <>
                      <Link to="/customers/$personId" params={{ personId: m.person_id }} className="fp-link-row">
                        {m.name || t('customer.nameless')}
                      </Link>
                      <div className="fp-muted fp-small fp-break">{m.to}</div>
                    </>
                  ),
                },
                ...(plan ? [] : [{ key: 'plan', title: t('gate.messages.plan'), ellipsis: true, render: (_: unknown, m: GateMessage) => m.plan_title || '—' }]),
                { key: 'carrier', title: t('gate.carrier'), width: 100, render: (_, m) => (m.carrier ? <span className="fp-capital">{t(`carrier.${m.carrier}`, { defaultValue: m.carrier })}</span> : '—') },
                {
                  key: 'why',
                  title: t('gate.messages.reason'),
                  render: (_, m) => (
                    <>
                      {m.reason || '—'}
                      {m.due_at && (
                        <div className="fp-muted fp-small">
                          {t('gate.messages.until')} <TimeText at={m.due_at} />
                        </div>
                      )}
                    </>
                  ),
                },
                { key: 'tries', title: t('gate.messages.tries'), width: 90, align: 'right', render: (_, m) => <span className="fp-num">{m.tries}</span> },
                { key: 'at', title: t('gate.messages.at'), width: 130, render: (_, m) => <TimeText at={m.changed_at} /> },
                {
                  key: 'tools',
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: deciding ? 190 : 90,
                  align: 'right',
                  render: (_, m) =>
                    deciding ? (
                      <Space size={6}>
                        <Button size="small" onClick={() => decide([m.id], 'sent')}>
                          {t('gate.messages.arrived')}
                        </Button>
                        <Button size="small" onClick={() => decide([m.id], 'again')}>
                          {t('gate.messages.again')}
                        </Button>
                      </Space>
                    ) : (
                      status === 'held' &&
                      m.why !== 'holdout' && (
                        <Link to="/gate" search={{ tab: 'simulator', person: m.person_id, ...(m.account_id ? { account: m.account_id } : {}) }}>
                          {t('gate.messages.ask')}
                        </Link>
                      )
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
