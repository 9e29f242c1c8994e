import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Transfer, TransferCustomer } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { Pager, useCursors } from './Pager';
import { transferEvery, transferOpen, transferStatuses, transferTotal } from './transferCounts';
import { useAccounts, useMemberNames } from './useAccounts';
import './carriers.css';

const route = getRouteApi('/shell/accounts/transfers/$transferId');
const size = 50;

/** A hand-over, customer by customer. */
export function TransferPage() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { transferId } = route.useParams();
  const search = route.useSearch();
  const status = transferStatuses.find((s) => s === search.status);
  const at = useCursors(`${transferId} ${status ?? ''}`);
  const one = useQuery({
    queryKey: ['carriers', 'transfer', transferId, status, at.cursor, language],
    queryFn: () => carriers.transfer(transferId, { status, limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
    refetchInterval: (q) => transferEvery(q.state.data?.transfer),
  });
  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/accounts">{t('menu.accounts')}</Link>
        {' / '}
        <Link to="/accounts/transfers" search={{}}>
          {t('carriers.transfers')}
        </Link>
      </nav>
      {one.isError ? (
        <>
          <PageHeader title={t('carriers.transfers')} />
          <ProblemView error={one.error} onRetry={() => void one.refetch()} />
        </>
      ) : !one.data ? (
        <Loading rows={10} />
      ) : (
        <>
          <Head transfer={one.data.transfer} status={status} />
          <div className="fp-table-wrap" aria-busy={one.isPlaceholderData}>
            <Customers items={one.data.items} />
            <Pager at={at} size={size} rows={one.data.items.length} next={one.data.next_cursor} />
          </div>
        </>
      )}
    </div>
  );
}

function Head({ transfer: x, status }: { transfer: Transfer; status?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const staff = useStaff();
  const navigate = useNavigate();
  const nameOf = useMemberNames([x.account_id]);
  const accounts = useAccounts();
  const filter = (s: string) =>
    void navigate({ to: '/accounts/transfers/$transferId', params: { transferId: x.id }, search: s && s !== status ? { status: s } : {} });
  const shown = transferStatuses.filter((s) => (x.counts[s] ?? 0) > 0 || s === 'done' || s === 'waiting');
  return (
    <>
      <PageHeader
        title={`${nameOf(x.account_id, x.from_user_id)} → ${nameOf(x.account_id, x.to_user_id)}`}
        note={
          <>
            {[t(`carriers.transferKind_${x.kind}`), accounts.data?.items.find((a) => a.id === x.account_id)?.name, staff.nameOf(x.created_by)].filter(Boolean).join(' · ')} ·{' '}
            <TimeText at={x.created_at} />
          </>
        }
      />
      <div className="fp-acc-counts" role="group" aria-label={t('carriers.status')}>
        <button type="button" aria-pressed={!status} onClick={() => filter('')}>
          <span>{t('carriers.all')}</span>
          <b className="fp-num">{f.number(transferTotal(x))}</b>
        </button>
        {shown.map((s) => (
          <button key={s} type="button" aria-pressed={status === s} data-part={s} data-count={x.counts[s] ?? 0} onClick={() => filter(s)}>
            <span>{t(`carriers.transfer_${s}`)}</span>
            <b className="fp-num">{f.number(x.counts[s] ?? 0)}</b>
          </button>
        ))}
      </div>
      <p className="fp-muted fp-small">
        {transferOpen(x) ? t('carriers.transferMoves') : t('carriers.transferEnded')}
        {x.checked_at && (
          <>
            {' '}
            {t('carriers.checkedAt')} <TimeText at={x.checked_at} />
          </>
        )}
      </p>
      {x.words && <p>{t('carriers.wordsWere', { words: x.words })}</p>}
    </>
  );
}

function Customers({ items }: { items: TransferCustomer[] }) {
  const { t } = useTranslation();
  return (
    <DataTable<TransferCustomer>
      rowKey="external_id"
      label={t('carriers.customers')}
      minWidth={560}
      dataSource={items}
      locale={{ emptyText: <p className="fp-muted">{t('carriers.noSuchCustomer')}</p> }}
      columns={[
        {
          title: t('carriers.customer'),
          render: (_, c) => (
            <Link to="/customers/$personId" params={{ personId: c.person_id }} className="fp-link-row">
              {c.name || t('customer.nameless')}
            </Link>
          ),
        },
        {
          title: t('carriers.status'),
          render: (_, c) => (
            <span data-customer={c.status}>
              <span className={['refused', 'full', 'failed'].includes(c.status) ? 'fp-no' : c.status === 'done' ? 'fp-yes' : undefined}>{t(`carriers.transfer_${c.status}`)}</span>{' '}
              <span className="fp-muted fp-small">{c.reason || t(`carriers.transferWhy_${c.status}`, { defaultValue: '' })}</span>
            </span>
          ),
        },
        { title: t('carriers.changedAt'), width: 130, render: (_, c) => <TimeText at={c.updated_at} /> },
      ]}
    />
  );
}
