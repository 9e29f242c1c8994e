import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, InputNumber, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { reach, type AccountStatus } from '../../api/reach';
import { useMay } from '../../app/me';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { TimeText } from '../../ui/values';

/** How it stands with sending over each account; one that makes trouble is paused here. */
export function AccountsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const undo = useUndo();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const list = useQuery({ queryKey: ['reach', 'accounts'], queryFn: reach.accounts, refetchInterval: 10_000 });
  const put = (a: AccountStatus, paused: boolean, perMinute: number) =>
    reach.saveAccount(a.account_id, { paused, per_minute: perMinute }).then(() => queries.invalidateQueries({ queryKey: ['reach', 'accounts'] }));
  const save = useMutation({
    mutationFn: (v: { account: AccountStatus; paused: boolean; perMinute: number; say: string }) => put(v.account, v.paused, v.perMinute),
    onError: notify,
    onSuccess: (_, v) => undo(`gate-${v.account.account_id}`, v.say, () => put(v.account, v.account.state === 'paused', v.account.per_minute)),
  });
  const send = may('reach.send');
  const items = list.data?.items ?? [];
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={6} />;
  return (
    <>
      <p className="fp-muted">{t('gate.accounts.note')}</p>
      <div className="fp-table-wrap">
        {items.length === 0 ? (
          <EmptyState
            title={t('gate.accounts.emptyTitle')}
            text={t('gate.accounts.emptyText')}
            action={
              may('carrier.read') && (
                <Link to="/accounts">
                  <Button type="primary">{t('menu.accounts')}</Button>
                </Link>
              )
            }
          />
        ) : (
          <DataTable<AccountStatus>
            rowKey="account_id"
            label={t('gate.tabs.accounts')}
            minWidth={760}
            dataSource={items}
            columns={[
              { key: 'name', title: t('gate.accounts.name'), render: (_, a) => <b>{a.name}</b> },
              { key: 'carrier', title: t('gate.carrier'), width: 110, render: (_, a) => <span className="fp-capital">{t(`carrier.${a.carrier}`, { defaultValue: a.carrier })}</span> },
              {
                key: 'state',
                title: t('gate.state'),
                render: (_, a) => (
                  <>
                    <span className={`fp-gate-state ${a.state}`}>{t(`gate.accounts.states.${a.state}`)}</span>
                    {a.until && (
                      <span className="fp-muted fp-small">
                        {' '}
                        {t('gate.accounts.again')} <TimeText at={a.until} />
                      </span>
                    )}
                    {a.reason && <div className="fp-muted fp-small fp-break">{a.reason}</div>}
                    {a.failures > 0 && <div className="fp-muted fp-small">{t('gate.accounts.failures', { count: a.failures })}</div>}
                  </>
                ),
              },
              {
                key: 'rate',
                title: t('gate.accounts.perMinute'),
                width: 150,
                render: (_, a) => (
                  <Rate key={a.per_minute} account={a} disabled={!send} onSave={(n) => save.mutate({ account: a, paused: a.state === 'paused', perMinute: n, say: t('gate.accounts.rateSaved', { name: a.name }) })} />
                ),
              },
              {
                key: 'tools',
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 160,
                align: 'right',
                render: (_, a) => {
                  if (!send || a.state === 'disabled') return null;
                  const paused = a.state === 'paused';
                  const say = (what: string, pause: boolean, said: string) => (
                    <Button
                      size="small"
                      loading={save.isPending && save.variables.account.account_id === a.account_id && save.variables.paused === pause}
                      aria-label={`${what} ${a.name}`}
                      onClick={() => save.mutate({ account: a, paused: pause, perMinute: a.per_minute, say: said })}
                    >
                      {what}
                    </Button>
                  );
                  return (
                    <Space size={6}>
                      {['resting', 'probing'].includes(a.state) && say(t('gate.accounts.tryNow'), false, t('gate.accounts.tried', { name: a.name }))}
                      {paused ? say(t('gate.resume'), false, t('gate.accounts.resumed', { name: a.name })) : say(t('gate.pause'), true, t('gate.accounts.paused', { name: a.name }))}
                    </Space>
                  );
                },
              },
            ]}
          />
        )}
      </div>
    </>
  );
}

function Rate({ account: a, disabled, onSave }: { account: AccountStatus; disabled: boolean; onSave: (perMinute: number) => void }) {
  const { t } = useTranslation();
  const [n, setN] = useState<number | null>(a.per_minute || null);
  const done = () => (n ?? 0) !== a.per_minute && onSave(n ?? 0);
  return (
    <InputNumber
      size="small"
      min={1}
      max={1_000_000}
      precision={0}
      disabled={disabled}
      value={n}
      placeholder={t('gate.accounts.asCarrier')}
      aria-label={`${a.name} ${t('gate.accounts.perMinute')}`}
      style={{ width: 120 }}
      onChange={setN}
      onBlur={done}
      onPressEnter={done}
    />
  );
}
