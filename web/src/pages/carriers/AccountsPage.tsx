import { LinkOutlined, PlusOutlined, SwapOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountHealth, AccountReach } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { HealthLine } from './HealthText';
import { canTransfer, hasMembers, KindIcon } from './kinds';
import { ReachPanel } from './ReachPanel';
import { useAccounts, useHealths } from './useAccounts';
import './carriers.css';

/** Calls that are left before the platform refuses, as far as any were made. */
function Quota({ health: h }: { health?: AccountHealth }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (!h) return <span className="fp-muted">—</span>;
  if (!h.quota_api) return <span className="fp-muted">{t('carriers.quotaUnused')}</span>;
  return (
    <Tooltip title={t('carriers.quotaWhy', { api: h.quota_api, minute: f.number(h.quota_minute_left) })}>
      <span className="fp-num">{t('carriers.quotaLeft', { number: f.number(h.quota_hour_left) })}</span>
    </Tooltip>
  );
}

function Persons({ of }: { of?: AccountReach['accounts'][number] }) {
  const f = useFormat();
  return <span className="fp-num">{of ? f.number(of.persons) : '—'}</span>;
}

export function AccountsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const list = useAccounts();
  const items = list.data?.items ?? [];
  const healths = useHealths(items.map((a) => a.id));
  const reach = useQuery({ queryKey: ['carriers', 'reach'], queryFn: carriers.reach, enabled: items.length > 0 });
  const reachOf = (a: Account) => reach.data?.accounts.find((r) => r.account_id === a.id);
  const open = (a: Account | undefined) => {
    if (a) void navigate({ to: '/accounts/$accountId', params: { accountId: a.id }, search: {} });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const write = may('carrier.write');
  const connect = (
    <Link to="/accounts/connect" search={{}}>
      <Button type="primary" icon={<PlusOutlined />}>
        {t('carriers.connect')}
      </Button>
    </Link>
  );
  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.accounts')}
        note={t('carriers.note')}
        extra={
          items.length > 0 && (
            <>
              {may('carrier.link') && (
                <Link to="/accounts/proposals" search={{}}>
                  <Button icon={<LinkOutlined />}>{t('carriers.proposals')}</Button>
                </Link>
              )}
              {items.some(canTransfer) && (
                <Link to="/accounts/transfers" search={{}}>
                  <Button icon={<SwapOutlined />}>{t('carriers.transfers')}</Button>
                </Link>
              )}
              {write && connect}
            </>
          )
        }
      />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={8} />
      ) : items.length === 0 ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('carriers.emptyTitle')} text={t('carriers.emptyText')} action={write && connect} />
        </div>
      ) : (
        <div className="fp-stack">
          <div className={`fp-table-wrap${wide ? ' fp-click' : ''}`}>
            {wide ? (
              <DataTable<Account>
                rowKey="id"
                label={t('menu.accounts')}
                minWidth={860}
                dataSource={items}
                {...rowEvents(active, open)}
                columns={[
                  {
                    key: 'name',
                    title: t('carriers.account'),
                    width: 230,
                    render: (_, a) => (
                      <span className="fp-acc-name">
                        <KindIcon kind={a.kind} />
                        <span>
                          <Link to="/accounts/$accountId" params={{ accountId: a.id }} search={{}} className="fp-link-row">
                            {a.name}
                          </Link>
                          <span className="fp-muted fp-small fp-break">
                            {t(`carrier.${a.kind}`)} · {a.platform_id}
                          </span>
                        </span>
                      </span>
                    ),
                  },
                  { key: 'health', title: t('carriers.health'), render: (_, a) => <HealthLine account={a} health={healths.get(a.id)} /> },
                  { key: 'persons', title: t('carriers.reachable'), width: 100, align: 'right', render: (_, a) => <Persons of={reachOf(a)} /> },
                  { key: 'sync', title: t('carriers.lastSync'), width: 130, render: (_, a) => (hasMembers(a) ? <TimeText at={healths.get(a.id)?.last_sync_at} /> : <span className="fp-muted">{t('carriers.noSync')}</span>) },
                  { key: 'quota', title: t('carriers.quota'), width: 150, align: 'right', render: (_, a) => <Quota health={healths.get(a.id)} /> },
                  { key: 'secret', title: t('carriers.secretEnds'), width: 120, render: (_, a) => (a.secret_expires_at ? <TimeText at={a.secret_expires_at} /> : <span className="fp-muted">{t('carriers.notNoted')}</span>) },
                ]}
              />
            ) : (
              <ul className="fp-acc-cards">
                {items.map((a) => (
                  <li key={a.id}>
                    <Link to="/accounts/$accountId" params={{ accountId: a.id }} search={{}}>
                      <span className="fp-acc-name">
                        <KindIcon kind={a.kind} />
                        <span>
                          <b>{a.name}</b>
                          <span className="fp-muted fp-small fp-break">
                            {t(`carrier.${a.kind}`)} · {a.platform_id}
                          </span>
                        </span>
                      </span>
                      <HealthLine account={a} health={healths.get(a.id)} />
                      <span className="fp-muted fp-small">
                        {t('carriers.reachable')} <Persons of={reachOf(a)} />
                        {hasMembers(a) && (
                          <>
                            {' · '}
                            {t('carriers.lastSync')} <TimeText at={healths.get(a.id)?.last_sync_at} />
                          </>
                        )}
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </div>
          {reach.isError ? <ProblemView error={reach.error} onRetry={() => void reach.refetch()} /> : reach.data && <ReachPanel reach={reach.data} />}
        </div>
      )}
    </div>
  );
}
