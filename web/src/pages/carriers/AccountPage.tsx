import { ExperimentOutlined, SyncOutlined } from '@ant-design/icons';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Modal, Select, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useState } from 'react';
import type { Account } from '../../api/types';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { CallbacksTab } from './CallbacksTab';
import { ContactsTab } from './ContactsTab';
import { DuplicatesTab } from './DuplicatesTab';
import { HealthBadge, standingOf } from './HealthText';
import { hasMembers, KindIcon } from './kinds';
import { MembersTab } from './MembersTab';
import { OverviewTab } from './OverviewTab';
import { SettingsTab } from './SettingsTab';
import { useLastSync, useStartSync } from './SyncProgress';
import { syncRuns } from './syncProgress';
import { SyncsTab } from './SyncsTab';
import { TestResultView, useAccountTest } from './TestResult';
import { useAccount, useHealth } from './useAccounts';
import './carriers.css';

const route = getRouteApi('/shell/accounts/$accountId');

export function AccountPage() {
  const { t } = useTranslation();
  const { accountId } = route.useParams();
  const account = useAccount(accountId);
  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/accounts">{t('menu.accounts')}</Link>
      </nav>
      {account.isError ? (
        <>
          <PageHeader title={t('carriers.account')} />
          <ProblemView error={account.error} onRetry={() => void account.refetch()} />
        </>
      ) : !account.data ? (
        <Loading rows={10} />
      ) : (
        <Shown key={account.data.id} account={account.data} />
      )}
    </div>
  );
}

function TestButton({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const test = useAccountTest(a.id);
  return (
    <>
      <Button
        icon={<ExperimentOutlined />}
        disabled={a.status === 'disabled'}
        onClick={() => {
          setOpen(true);
          test.mutate();
        }}
      >
        {t('carriers.test')}
      </Button>
      <Modal open={open} title={t('carriers.testOf', { name: a.name })} footer={null} onCancel={() => setOpen(false)}>
        <TestResultView test={test} />
      </Modal>
    </>
  );
}

function SyncButton({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const last = useLastSync(a.id);
  const start = useStartSync(a.id);
  const running = syncRuns(last.data);
  return (
    <Button
      icon={<SyncOutlined spin={running} />}
      disabled={a.status === 'disabled' || running}
      loading={start.isPending}
      onClick={() => start.mutate(undefined, { onSuccess: () => void navigate({ to: '/accounts/$accountId', params: { accountId: a.id }, search: { tab: 'syncs' } }) })}
    >
      {t(running ? 'carriers.syncing' : 'carriers.syncNow')}
    </Button>
  );
}

function Shown({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const may = useMay();
  const staff = useStaff();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const health = useHealth(a.id, 15_000);
  const write = may('carrier.write');
  const members = hasMembers(a);
  const tabs = [
    { key: 'overview', label: t('carriers.tabOverview'), children: <OverviewTab account={a} health={health} write={write} /> },
    ...(members ? [{ key: 'members', label: t('carriers.tabMembers'), children: <MembersTab account={a} write={write} /> }] : []),
    ...(a.can.includes('receive') ? [{ key: 'contacts', label: t('carriers.tabContacts'), children: <ContactsTab account={a} /> }] : []),
    ...(members ? [{ key: 'syncs', label: t('carriers.tabSyncs'), children: <SyncsTab account={a} /> }] : []),
    ...(a.callback_url ? [{ key: 'callbacks', label: t('carriers.tabCallbacks'), children: <CallbacksTab account={a} health={health.data} write={write} /> }] : []),
    ...(members ? [{ key: 'duplicates', label: t('carriers.tabDuplicates'), children: <DuplicatesTab account={a} write={write} /> }] : []),
    ...(write ? [{ key: 'settings', label: t('carriers.tabSettings'), children: <SettingsTab account={a} /> }] : []),
  ];
  const tab = tabs.find((x) => x.key === search.tab)?.key ?? 'overview';
  const go = (next: string) => void navigate({ to: '/accounts/$accountId', params: { accountId: a.id }, search: next === 'overview' ? {} : { tab: next } });
  return (
    <>
      <PageHeader
        title={
          <span className="fp-acc-title">
            <KindIcon kind={a.kind} named /> {a.name} <HealthBadge standing={standingOf(a, health.data)} />
          </span>
        }
        note={[t(`carrier.${a.kind}`), a.platform_id, a.owner_staff_id && t('carriers.ownedBy', { name: staff.nameOf(a.owner_staff_id) || '…' })].filter(Boolean).join(' · ')}
        extra={
          write && (
            <>
              <TestButton account={a} />
              {members && <SyncButton account={a} />}
            </>
          )
        }
      />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={go}
        items={tabs}
        // Seven do not fit beside each other on a phone. The same Tabs all the same: turning it loses nothing that is typed.
        renderTabBar={
          wide
            ? undefined
            : () => <Select className="fp-acc-parts-of" aria-label={t('carriers.sections')} value={tab} onChange={go} options={tabs.map((x) => ({ value: x.key, label: x.label }))} />
        }
      />
    </>
  );
}
