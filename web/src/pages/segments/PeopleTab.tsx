import { UserAddOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Grid, Tag as AntTag, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment, PersonBrief } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { MoneyText, StageTag, TagChip, TimeText } from '../../ui/values';
import { IncludeDialog } from './IncludeDialog';

const pageSize = 20;

/** Who is in it now; some may be put in or kept out by hand. */
export function PeopleTab({ segment, write }: { segment: Segment; write: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const { notification } = App.useApp();
  const queryClient = useQueryClient();
  const wide = Grid.useBreakpoint().md ?? true;
  const pages = usePages(segment.id);
  const [chosen, setChosen] = useState<string[]>([]);
  const [including, setIncluding] = useState(false);
  const { cursor } = pages;
  const people = useQuery({
    queryKey: ['segment', segment.id, 'persons', cursor],
    queryFn: () => segments.persons(segment.id, { limit: pageSize, cursor }),
    placeholderData: (before) => before,
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['segment', segment.id] });
  const set = useMutation({
    mutationFn: ({ ids, as }: { ids: string[]; as: 'include' | 'exclude' | 'rule' }) => segments.setPeople(segment.id, ids, as),
    onError: notify,
    onSuccess: async (_done, { ids, as }) => {
      setChosen([]);
      await refresh();
      if (as === 'exclude') {
        const key = `exclude-${ids[0]}`;
        notification.info({
          key,
          title: t('segments.excluded', { count: ids.length }),
          duration: 8,
          actions: (
            <Button
              size="small"
              type="primary"
              onClick={() => {
                notification.destroy(key);
                set.mutate({ ids, as: 'rule' });
              }}
            >
              {t('common.undo')}
            </Button>
          ),
        });
      }
    },
  });
  const rows = people.data?.items ?? [];
  const via = (p: PersonBrief) =>
    p.via === 'include' && (
      <AntTag color="processing" variant="filled">
        {t('segments.viaInclude')}
      </AntTag>
    );
  if (people.isError) return <ProblemView error={people.error} onRetry={() => void people.refetch()} />;
  return (
    <>
      <div className="fp-toolbar">
        <span className="fp-muted fp-num">{people.data && t('segments.people', { count: people.data.total, number: f.number(people.data.total) })}</span>
        <span className="fp-end">
          {chosen.length > 0 && (
            <Tooltip title={t('segments.excludeWhy')}>
              <Button loading={set.isPending} onClick={() => set.mutate({ ids: chosen, as: 'exclude' })}>
                {t('segments.exclude', { count: chosen.length })}
              </Button>
            </Tooltip>
          )}
          {write && (
            <Button icon={<UserAddOutlined />} onClick={() => setIncluding(true)}>
              {t('segments.include')}
            </Button>
          )}
          {may('pool.export') && <ExportMenu address={(format) => segments.exportAddress(segment.id, format)} />}
        </span>
      </div>
      <div className="fp-table-wrap" aria-busy={people.isPlaceholderData}>
        {people.isSuccess && rows.length === 0 ? (
          <EmptyState title={t('segments.peopleNone')} text={t('segments.peopleNoneText')} />
        ) : wide ? (
          <DataTable<PersonBrief>
            rowKey="id"
            label={t('segments.tabPeople')}
            minWidth={820}
            loading={people.isPending}
            dataSource={rows}
            rowSelection={write ? { selectedRowKeys: chosen, onChange: (keys) => setChosen(keys as string[]), preserveSelectedRowKeys: true } : undefined}
            columns={[
              {
                title: t('field.name'),
                width: 170,
                render: (_, p) => (
                  <>
                    <Link to="/customers/$personId" params={{ personId: p.id }} className="fp-link-row">
                      {p.name || t('customer.nameless')}
                    </Link>{' '}
                    {via(p)}
                  </>
                ),
              },
              { title: t('field.stage'), width: 96, render: (_, p) => <StageTag stage={p.stage} /> },
              {
                title: t('field.tags'),
                render: (_, p) => (
                  <>
                    {p.tags.slice(0, 3).map((tag) => (
                      <TagChip key={tag.id} tag={tag} />
                    ))}
                    {p.tags.length > 3 && <span className="fp-muted">+{p.tags.length - 3}</span>}
                  </>
                ),
              },
              { title: t('field.region'), width: 90, render: (_, p) => p.region || <span className="fp-muted">—</span> },
              { title: t('field.orders'), width: 80, align: 'right', className: 'fp-num', render: (_, p) => f.number(p.orders) },
              { title: t('field.gmv'), width: 120, align: 'right', render: (_, p) => <MoneyText minor={p.gmv_minor} currency={p.currency} /> },
              { title: t('field.lastOrder'), width: 110, render: (_, p) => <TimeText at={p.last_order_at} /> },
              ...(write
                ? [
                    {
                      title: <span className="fp-hidden">{t('common.actions')}</span>,
                      width: 88,
                      align: 'right' as const,
                      render: (_: unknown, p: PersonBrief) =>
                        p.via === 'include' ? (
                          <Button size="small" type="text" onClick={() => set.mutate({ ids: [p.id], as: 'rule' })}>
                            {t('segments.backToRule')}
                          </Button>
                        ) : (
                          <Button size="small" type="text" onClick={() => set.mutate({ ids: [p.id], as: 'exclude' })}>
                            {t('segments.excludeOne')}
                          </Button>
                        ),
                    },
                  ]
                : []),
            ]}
          />
        ) : people.isPending ? (
          <Loading rows={8} />
        ) : (
          <ul className="fp-seg-cards">
            {rows.map((p) => (
              <li key={p.id}>
                <Link to="/customers/$personId" params={{ personId: p.id }}>
                  <span className="fp-card-line">
                    <b>
                      {p.name || t('customer.nameless')} {via(p)}
                    </b>
                    <StageTag stage={p.stage} />
                  </span>
                  <span className="fp-card-line fp-muted">
                    <span>{p.region}</span>
                    <MoneyText minor={p.gmv_minor} currency={p.currency} />
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
        <Pager pages={pages} next={people.data?.next_cursor} note={(pages.number > 1 || people.data?.next_cursor) && t('customers.rows', { from: (pages.number - 1) * pageSize + 1, to: (pages.number - 1) * pageSize + rows.length })} />
      </div>
      {including && (
        <IncludeDialog
          pending={set.isPending}
          onClose={() => setIncluding(false)}
          onDone={async (ids) => {
            await set.mutateAsync({ ids, as: 'include' }).then(
              () => setIncluding(false),
              () => {},
            );
          }}
        />
      )}
    </>
  );
}
