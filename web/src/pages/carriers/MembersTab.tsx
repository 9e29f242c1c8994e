import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Checkbox, Grid, Input, Select, Switch, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountMember } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { memberName, useMembers } from './useAccounts';

const route = getRouteApi('/shell/accounts/$accountId');

/** Who the members of a corp are here. */
export function MembersTab({ account: a, write }: { account: Account; write: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const staff = useStaff();
  const members = useMembers(a.id);
  const [q, setQ] = useState('');
  const only = search.only === 'unmatched';
  const set = useMutation({
    mutationFn: ({ user, ...patch }: { user: string; staff_id?: string; shared?: boolean; sign_in?: boolean }) => carriers.setMember(a.id, user, patch),
    onSuccess: () =>
      Promise.all(['members', 'health', 'duplicates'].map((key) => queryClient.invalidateQueries({ queryKey: ['carriers', key, a.id] }))),
    onError: notify,
  });
  const { message } = App.useApp();
  const letIn = useMutation({
    mutationFn: () => carriers.letSignIn(a.id),
    onSuccess: ({ members: n }) => {
      void message.success(t('carriers.signInLet', { count: n }));
      return queryClient.invalidateQueries({ queryKey: ['carriers', 'members', a.id] });
    },
    onError: notify,
  });
  // Without an app of its own in WeCom no page there can be opened.
  const signsIn = Boolean(a.settings.agent_id);
  const decides = useMay()('carrier.sign_in');
  if (members.isError) return <ProblemView error={members.error} onRetry={() => void members.refetch()} />;
  if (members.isPending) return <Loading rows={8} />;
  const needle = q.trim().toLowerCase();
  const all = members.data.items;
  const shown = all.filter((m) => (!only || (!m.staff_id && m.status === 'active')) && (!needle || [m.name, m.user_id, m.email].some((x) => x.toLowerCase().includes(needle))));
  const busy = (m: AccountMember) => set.isPending && set.variables.user === m.user_id;

  const who = (m: AccountMember) => (
    <span className="fp-acc-member">
      <b>{memberName(m)}</b>
      <span className="fp-muted fp-small">{[m.user_id !== memberName(m) && m.user_id, m.email].filter(Boolean).join(' · ')}</span>
    </span>
  );
  const status = (m: AccountMember) => <span className={m.status === 'active' ? undefined : 'fp-muted'}>{t(`carriers.member_${m.status}`)}</span>;
  const friends = (m: AccountMember) => (
    <Link to="/accounts/$accountId" params={{ accountId: a.id }} search={{ tab: 'contacts', user: m.user_id, status: 'friend' }} className="fp-num">
      {f.number(m.friends)}
    </Link>
  );
  const tie = (m: AccountMember) => (
    <Select<string>
      size={wide ? 'small' : undefined}
      style={{ width: '100%' }}
      aria-label={t('carriers.staffOf', { name: memberName(m) })}
      placeholder={t('carriers.nobodyYet')}
      disabled={!write}
      loading={busy(m)}
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      value={m.staff_id || undefined}
      options={staff.list.filter((s) => s.status === 'active' || s.id === m.staff_id).map((s) => ({ value: s.id, label: s.name }))}
      onChange={(staff_id?: string) => set.mutate({ user: m.user_id, staff_id: staff_id ?? '' })}
    />
  );
  const how = (m: AccountMember) => (
    <span className="fp-muted fp-small">{m.by_hand ? t('carriers.byHand') : m.staff_id ? t('carriers.byEmail') : ''}</span>
  );
  const shared = (m: AccountMember) => (
    <Switch
      size="small"
      checked={m.shared}
      disabled={!write}
      loading={busy(m)}
      aria-label={t('carriers.sharedOf', { name: memberName(m) })}
      onChange={(on) => set.mutate({ user: m.user_id, shared: on })}
    />
  );
  const signIn = (m: AccountMember) => (
    <Switch
      size="small"
      checked={m.sign_in}
      disabled={!decides || !m.staff_id || m.status === 'left'}
      loading={busy(m)}
      aria-label={t('carriers.signInOf', { name: memberName(m) })}
      onChange={(on) => set.mutate({ user: m.user_id, sign_in: on })}
    />
  );
  const waiting = all.filter((m) => m.staff_id && !m.sign_in && m.status !== 'left').length;
  const hand = (m: AccountMember) =>
    write && m.friends > 0 && a.status === 'active' ? (
      <Link
        to="/accounts/transfers"
        search={{ start: '1', account: a.id, from: m.user_id, kind: m.status === 'left' ? 'resigned' : 'in_service' }}
        aria-label={t('carriers.handOverOf', { name: memberName(m) })}
      >
        {t('carriers.handOver')}
      </Link>
    ) : null;

  if (all.length === 0) return <EmptyState title={t('carriers.noMembers')} text={t('carriers.noMembersText')} />;
  return (
    <>
      <p className="fp-muted fp-acc-note">{t('carriers.membersNote')}</p>
      <div className="fp-toolbar">
        <Input className="fp-grow" allowClear value={q} onChange={(e) => setQ(e.target.value)} placeholder={t('carriers.searchMembers')} aria-label={t('carriers.searchMembers')} maxLength={100} />
        <Checkbox
          checked={only}
          onChange={(e) => void navigate({ to: '/accounts/$accountId', params: { accountId: a.id }, search: { tab: 'members', ...(e.target.checked ? { only: 'unmatched' } : {}) } })}
        >
          {t('carriers.onlyUnmatched')}
        </Checkbox>
        {signsIn && decides && waiting > 0 && (
          <Button loading={letIn.isPending} onClick={() => letIn.mutate()}>
            {t('carriers.signInAll', { count: waiting })}
          </Button>
        )}
      </div>
      <div className="fp-table-wrap">
        {wide ? (
          <DataTable<AccountMember>
            rowKey="user_id"
            label={t('carriers.tabMembers')}
            minWidth={signsIn ? 980 : 860}
            dataSource={shown}
            locale={{ emptyText: <p className="fp-muted">{t('carriers.noSuchMember')}</p> }}
            columns={[
              { title: t('carriers.member'), render: (_, m) => who(m) },
              { title: t('carriers.status'), width: 90, render: (_, m) => status(m) },
              { title: t('carriers.friends'), width: 90, align: 'right', render: (_, m) => friends(m) },
              { title: t('carriers.staffHere'), width: 210, render: (_, m) => tie(m) },
              { title: t('carriers.how'), width: 120, render: (_, m) => how(m) },
              {
                title: <Tooltip title={t('carriers.sharedWhy')}><span className="fp-acc-asked">{t('carriers.shared')}</span></Tooltip>,
                width: 120,
                render: (_, m) => shared(m),
              },
              ...(signsIn
                ? [
                    {
                      title: <Tooltip title={t('carriers.signInWhy')}><span className="fp-acc-asked">{t('carriers.signIn')}</span></Tooltip>,
                      width: 120,
                      render: (_: unknown, m: AccountMember) => signIn(m),
                    },
                  ]
                : []),
              { title: <span className="fp-hidden">{t('common.actions')}</span>, width: 110, align: 'right', render: (_, m) => <span className="fp-num">{hand(m)}</span> },
            ]}
          />
        ) : (
          <ul className="fp-acc-cards">
            {shown.map((m) => (
              <li key={m.user_id} className="fp-acc-card">
                <span className="fp-card-line">
                  {who(m)}
                  <span className="fp-right">
                    {status(m)}
                    <br />
                    {t('carriers.friends')} {friends(m)}
                  </span>
                </span>
                {tie(m)}
                <span className="fp-card-line">
                  <span>
                    {shared(m)} {t('carriers.shared')}
                  </span>
                  {signsIn && (
                    <span>
                      {signIn(m)} {t('carriers.signIn')}
                    </span>
                  )}
                  {hand(m)}
                </span>
              </li>
            ))}
            {shown.length === 0 && <li className="fp-acc-card fp-muted">{t('carriers.noSuchMember')}</li>}
          </ul>
        )}
      </div>
      <p className="fp-muted fp-small">{t('carriers.sharedWhy')}</p>
      {signsIn && <p className="fp-muted fp-small">{t('carriers.signInWhy')}</p>}
    </>
  );
}
