import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, DatePicker, Input } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { audit } from '../../api/endpoints';
import type { AuditEntry } from '../../api/types';
import { useMe } from '../../app/me';
import { nextDay, startOfDay } from '../../lib/zone';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

const route = getRouteApi('/shell/audit');
const isDay = (s?: string) => (s && /^\d{4}-\d{2}-\d{2}$/.test(s) ? s : undefined);

function Detail({ detail }: { detail: unknown }) {
  const { t } = useTranslation();
  if (detail === undefined || detail === null || detail === '') return <span className="fp-muted">{t('audit.noDetail')}</span>;
  return <pre className="fp-detail">{typeof detail === 'string' ? detail : JSON.stringify(detail, null, 2)}</pre>;
}

/** Who did what, when, from where. Nothing here can be changed. */
export function AuditPage() {
  const { t } = useTranslation();
  const { org } = useMe();
  const navigate = useNavigate();
  const search = route.useSearch();
  const from = isDay(search.from);
  const to = isDay(search.to);
  const query = {
    actor: search.actor,
    action: search.action,
    object: search.object,
    from: from && startOfDay(from, org.time_zone),
    to: to && startOfDay(nextDay(to), org.time_zone),
  };
  const list = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: ({ pageParam }) => audit.list({ ...query, limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const filter = (change: Record<string, string | undefined>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...change }).filter((e): e is [string, string] => Boolean(e[1])));
    void navigate({ to: '/audit', search: next });
  };
  const field = (key: 'actor' | 'action' | 'object') => (
    <Input
      key={`${key} ${search[key] ?? ''}`}
      allowClear
      style={{ flex: '1 1 140px', maxWidth: 220 }}
      defaultValue={search[key]}
      placeholder={t(`audit.${key}`)}
      aria-label={t(`audit.${key}`)}
      onPressEnter={(e) => filter({ [key]: e.currentTarget.value.trim() })}
      onBlur={(e) => e.target.value.trim() !== (search[key] ?? '') && filter({ [key]: e.target.value.trim() })}
      onClear={() => filter({ [key]: undefined })}
    />
  );
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.audit')} note={t('audit.note', { zone: org.time_zone })} />
      <div className="fp-toolbar">
        {field('actor')}
        {field('action')}
        {field('object')}
        <DatePicker.RangePicker
          allowEmpty={[true, true]}
          aria-label={t('audit.days')}
          value={[from ? dayjs(from) : null, to ? dayjs(to) : null]}
          onChange={(v) => filter({ from: v?.[0]?.format('YYYY-MM-DD'), to: v?.[1]?.format('YYYY-MM-DD') })}
        />
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<AuditEntry>
            rowKey="id"
            loading={list.isPending}
            dataSource={rows}
            label={t('menu.audit')}
            minWidth={900}
            locale={{ emptyText: <EmptyState title={t('audit.none')} /> }}
            expandable={{ expandedRowRender: (e) => <Detail detail={e.detail} /> }}
            columns={[
              { title: t('audit.at'), width: 170, className: 'fp-num', render: (_, e) => <TimeText at={e.at} exact /> },
              { title: t('audit.actor'), width: 150, ellipsis: true, render: (_, e) => e.actor_name || e.actor_id || <span className="fp-muted">{t('audit.system')}</span> },
              {
                title: t('audit.action'),
                width: 200,
                render: (_, e) => (
                  <span title={e.action}>{t(`action.${e.action.replaceAll('.', '_')}`, { defaultValue: e.action })}</span>
                ),
              },
              {
                title: t('audit.object'),
                ellipsis: true,
                render: (_, e) => (
                  <>
                    <span className="fp-muted">{t(`object.${e.object_type}`, { defaultValue: e.object_type })}</span> {e.object_type === 'person' && e.object_id ? (
                      <Link to="/customers/$personId" params={{ personId: e.object_id }}>
                        <code className="fp-small">{e.object_id}</code>
                      </Link>
                    ) : (
                      <code className="fp-small">{e.object_id}</code>
                    )}
                  </>
                ),
              },
              { title: t('audit.ip'), dataIndex: 'ip', width: 130, className: 'fp-num' },
              { title: t('problem.requestId'), width: 170, ellipsis: true, render: (_, e) => <code className="fp-small">{e.request_id}</code> },
            ]}
          />
          {list.hasNextPage && (
            <div className="fp-table-foot">
              <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('common.more')}
              </Button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
