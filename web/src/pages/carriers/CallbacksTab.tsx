import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { App, Button, Grid, Segmented, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountHealth, Callback } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { Pager, useCursors } from './Pager';

const route = getRouteApi('/shell/accounts/$accountId');
const statuses = ['stored', 'done', 'failed', 'unknown'] as const;
const size = 20;

interface Props {
  account: Account;
  health?: AccountHealth;
  write: boolean;
}

/** What the platform told us, and what became of it. */
export function CallbacksTab({ account: a, health: h, write }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const wide = Grid.useBreakpoint().md ?? true;
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const status = statuses.find((s) => s === search.status);
  const event = search.event || undefined;
  const at = useCursors(`${a.id} ${status ?? ''} ${event ?? ''}`);
  const list = useQuery({
    queryKey: ['carriers', 'callbacks', a.id, status, event, at.cursor],
    queryFn: () => carriers.callbacks(a.id, { status, event, limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
    refetchInterval: at.page === 1 ? 5_000 : false,
  });
  const replay = useMutation({
    mutationFn: (c: Callback) => carriers.replay(a.id, c.id),
    onSuccess: () => {
      message.success(t('carriers.replayed'));
      return Promise.all(['callbacks', 'health'].map((key) => queryClient.invalidateQueries({ queryKey: ['carriers', key, a.id] })));
    },
    onError: notify,
  });
  const filter = (next: { status?: string; event?: string }) =>
    void navigate({
      to: '/accounts/$accountId',
      params: { accountId: a.id },
      search: { tab: 'callbacks', ...(next.status ? { status: next.status } : {}), ...(next.event ? { event: next.event } : {}) },
    });
  const counts: Partial<Record<string, number>> = { stored: h?.callbacks_waiting, failed: h?.callbacks_failed, unknown: h?.callbacks_unknown };
  const items = list.data?.items ?? [];
  // What the platform calls it is not ours: it is never taken for a text with holes.
  const eventName = (name: string) => t(`carriers.event.${name}`, { defaultValue: '' }) || name;
  const about = (c: Callback) => (c.subject.startsWith('contact:') ? t('carriers.subjectContact', { id: c.subject.slice(8) }) : c.subject || '—');
  const outcome = (c: Callback) => (
    <span data-callback={c.status}>
      <span className={c.status === 'failed' ? 'fp-no' : undefined}>{t(`carriers.callback_${c.status}`)}</span>
      {c.attempts > 1 && <span className="fp-muted fp-small"> {t('carriers.attempts', { count: c.attempts })}</span>}
      {c.error && <div className="fp-small fp-break">{c.error}</div>}
    </span>
  );
  const again = (c: Callback) =>
    write &&
    c.status === 'failed' && (
      <Button size="small" loading={replay.isPending && replay.variables.id === c.id} onClick={() => replay.mutate(c)}>
        {t('carriers.replay')}
      </Button>
    );
  return (
    <>
      <p className="fp-muted fp-acc-note">{t('carriers.callbacksNote')}</p>
      <div className="fp-toolbar">
        <Segmented
          aria-label={t('carriers.status')}
          value={status ?? ''}
          onChange={(s) => filter({ status: String(s), event })}
          options={['', ...statuses].map((s) => ({
            value: s,
            label: s === '' ? t('carriers.all') : `${t(`carriers.callback_${s}`)}${counts[s] ? ` ${f.number(counts[s])}` : ''}`,
          }))}
        />
        {event && (
          <Tag closable onClose={() => filter({ status })}>
            {eventName(event)}
          </Tag>
        )}
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={8} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {items.length === 0 ? (
            <EmptyState title={t(status || event ? 'carriers.noSuchCallback' : 'carriers.noCallbacks')} text={status || event ? undefined : t('carriers.noCallbacksText')} />
          ) : wide ? (
            <DataTable<Callback>
              rowKey="id"
              label={t('carriers.tabCallbacks')}
              minWidth={960}
              dataSource={items}
              expandable={{
                columnWidth: 36,
                // Everything in it came from outside: text, and nothing but text.
                expandedRowRender: (c) => <pre className="fp-detail">{JSON.stringify(c, null, 2)}</pre>,
              }}
              columns={[
                {
                  title: t('carriers.eventTitle'),
                  width: 190,
                  render: (_, c) => (
                    <span className="fp-acc-member">
                      <button type="button" className="fp-acc-plain fp-break" title={c.event} onClick={() => filter({ status, event: c.event })}>
                        {eventName(c.event)}
                      </button>
                    </span>
                  ),
                },
                { title: t('carriers.subject'), width: 250, ellipsis: true, render: (_, c) => <span className="fp-small fp-muted" title={c.subject}>{about(c)}</span> },
                {
                  title: t('carriers.status'),
                  width: 170,
                  render: (_, c) => outcome(c),
                },
                { title: t('carriers.occurred'), width: 130, render: (_, c) => <TimeText at={c.occurred_at} /> },
                { title: t('carriers.received'), width: 130, render: (_, c) => <TimeText at={c.received_at} /> },
                {
                  title: <span className="fp-hidden">{t('common.actions')}</span>,
                  width: 90,
                  align: 'right',
                  render: (_, c) => again(c),
                },
              ]}
            />
          ) : (
            <ul className="fp-acc-cards">
              {items.map((c) => (
                <li key={c.id} className="fp-acc-card">
                  <span className="fp-card-line">
                    <b>{eventName(c.event)}</b>
                    <TimeText at={c.received_at} />
                  </span>
                  <span className="fp-muted fp-small fp-break">{about(c)}</span>
                  <span className="fp-card-line">
                    {outcome(c)}
                    {again(c)}
                  </span>
                </li>
              ))}
            </ul>
          )}
          <Pager at={at} size={size} rows={items.length} next={list.data.next_cursor} />
        </div>
      )}
    </>
  );
}
