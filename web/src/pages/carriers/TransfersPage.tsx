import { SwapOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Transfer } from '../../api/types';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { canTransfer } from './kinds';
import { Pager, useCursors } from './Pager';
import { StartTransfer } from './StartTransfer';
import { TransferBar } from './TransferBar';
import { transferOpen } from './transferCounts';
import { useAccounts, useMemberNames } from './useAccounts';
import './carriers.css';

const route = getRouteApi('/shell/accounts/transfers');
const size = 20;

/** Hand-overs of customers from one member to another. */
export function TransfersPage() {
  const { t } = useTranslation();
  const may = useMay();
  const staff = useStaff();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const accounts = useAccounts();
  const at = useCursors('');
  const list = useQuery({
    queryKey: ['carriers', 'transfers', at.cursor],
    queryFn: () => carriers.transfers({ limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
    refetchInterval: (q) => (q.state.data?.items.some(transferOpen) ? 5_000 : false),
  });
  const items = list.data?.items ?? [];
  const all = accounts.data?.items ?? [];
  const nameOf = useMemberNames([...new Set(items.map((x) => x.account_id))]);
  const open = (x: Transfer | undefined) => {
    if (x) void navigate({ to: '/accounts/transfers/$transferId', params: { transferId: x.id }, search: {} });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const able = all.filter(canTransfer);
  const write = may('carrier.write') && able.length > 0;
  const starting = write && search.start === '1';
  const begin = (
    <Button type="primary" icon={<SwapOutlined />} onClick={() => void navigate({ to: '/accounts/transfers', search: { start: '1' } })}>
      {t('carriers.transferStart')}
    </Button>
  );
  const way = (x: Transfer) => (
    <Link to="/accounts/transfers/$transferId" params={{ transferId: x.id }} search={{}} className="fp-link-row">
      {nameOf(x.account_id, x.from_user_id)} → {nameOf(x.account_id, x.to_user_id)}
    </Link>
  );
  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/accounts">{t('menu.accounts')}</Link>
      </nav>
      <PageHeader title={t('carriers.transfers')} note={t('carriers.transfersNote')} extra={write && items.length > 0 && begin} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={8} />
      ) : (
        <div className={`fp-table-wrap${wide ? ' fp-click' : ''}`}>
          {items.length === 0 ? (
            <EmptyState
              title={t('carriers.noTransfers')}
              text={t(able.length > 0 ? 'carriers.noTransfersText' : 'carriers.cannotTransfer')}
              action={write && begin}
            />
          ) : wide ? (
            <DataTable<Transfer>
              rowKey="id"
              label={t('carriers.transfers')}
              minWidth={860}
              dataSource={items}
              {...rowEvents(active, open)}
              columns={[
                { title: t('carriers.fromTo'), width: 220, render: (_, x) => way(x) },
                { title: t('carriers.transferKind'), width: 110, render: (_, x) => t(`carriers.transferKind_${x.kind}`) },
                { title: t('carriers.customers'), render: (_, x) => <TransferBar transfer={x} /> },
                { title: t('carriers.account'), width: 140, ellipsis: true, render: (_, x) => all.find((a) => a.id === x.account_id)?.name ?? '' },
                { title: t('carriers.startedBy'), width: 110, ellipsis: true, render: (_, x) => staff.nameOf(x.created_by) },
                { title: t('carriers.startedAt'), width: 130, render: (_, x) => <TimeText at={x.created_at} /> },
              ]}
            />
          ) : (
            <ul className="fp-acc-cards">
              {items.map((x) => (
                <li key={x.id} className="fp-acc-card">
                  <span className="fp-card-line">
                    {way(x)}
                    <TimeText at={x.created_at} />
                  </span>
                  <TransferBar transfer={x} />
                </li>
              ))}
            </ul>
          )}
          <Pager at={at} size={size} rows={items.length} next={list.data.next_cursor} />
        </div>
      )}
      {starting && (
        <StartTransfer
          accounts={able}
          initial={search}
          onClose={() => void navigate({ to: '/accounts/transfers', search: {} })}
          onStarted={(x) => open(x)}
        />
      )}
    </div>
  );
}
