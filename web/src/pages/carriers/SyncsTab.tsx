import { useQuery } from '@tanstack/react-query';
import { Card } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountSync } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { Pager, useCursors } from './Pager';
import { SyncProgress, useLastSync } from './SyncProgress';
import { syncRuns } from './syncProgress';

const size = 20;

/** Every sync of an account, the one under way above. */
export function SyncsTab({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const f = useFormat();
  const at = useCursors(a.id);
  const last = useLastSync(a.id);
  const list = useQuery({
    queryKey: ['carriers', 'syncs', a.id, 'page', at.cursor],
    queryFn: () => carriers.syncs(a.id, { limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
  });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={6} />;
  const took = (r: AccountSync) => (r.started_at && r.finished_at ? f.duration((Date.parse(r.finished_at) - Date.parse(r.started_at)) / 1000) : '—');
  return (
    <div className="fp-stack">
      <p className="fp-muted fp-acc-flat">{t('carriers.syncsNote')}</p>
      {last.data && syncRuns(last.data) && (
        <Card>
          <SyncProgress run={last.data} />
        </Card>
      )}
      <div className="fp-table-wrap">
        {list.data.items.length === 0 ? (
          <EmptyState title={t('carriers.noSyncs')} text={t('carriers.noSyncsText')} />
        ) : (
          <DataTable<AccountSync>
            rowKey="id"
            label={t('carriers.tabSyncs')}
            minWidth={860}
            dataSource={list.data.items}
            columns={[
              { title: t('carriers.startedAt'), width: 120, render: (_, r) => <TimeText at={r.started_at ?? r.created_at} /> },
              { title: t('carriers.syncKind'), width: 90, render: (_, r) => t(`carriers.sync_${r.kind}`) },
              {
                title: t('carriers.status'),
                render: (_, r) => (
                  <span data-run={r.status}>
                    <span className={r.status === 'failed' ? 'fp-no' : undefined}>{t(`carriers.run_${r.status}`)}</span>
                    {r.error && <span className="fp-small fp-break"> {r.error}</span>}
                  </span>
                ),
              },
              { title: t('carriers.member'), width: 100, align: 'right', className: 'fp-num', render: (_, r) => `${f.number(r.staff_done)} / ${f.number(r.staff_total)}` },
              { title: t('carriers.friends'), width: 90, align: 'right', className: 'fp-num', render: (_, r) => f.number(r.contacts) },
              { title: t('carriers.added'), width: 80, align: 'right', className: 'fp-num', render: (_, r) => f.number(r.added) },
              { title: t('carriers.removed'), width: 80, align: 'right', className: 'fp-num', render: (_, r) => f.number(r.removed) },
              { title: t('carriers.groups'), width: 80, align: 'right', className: 'fp-num', render: (_, r) => f.number(r.groups) },
              { title: t('carriers.took'), width: 100, align: 'right', className: 'fp-num', render: (_, r) => took(r) },
            ]}
          />
        )}
        <Pager at={at} size={size} rows={list.data.items.length} next={list.data.next_cursor} />
      </div>
    </div>
  );
}
