import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Select, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { PageHeader } from '../../ui/PageHeader';
import { AccountsTab } from './AccountsTab';
import { BlockedTab } from './BlockedTab';
import { ClockBanner } from './ClockBanner';
import { MessagesTab } from './MessagesTab';
import { PlansTab } from './PlansTab';
import { RulesTab } from './RulesTab';
import { SimulatorTab } from './SimulatorTab';
import './gate.css';

const route = getRouteApi('/shell/gate');

/** The one door out: its rules, and what they did. */
export function GatePage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const { tab, ...rest } = route.useSearch();
  const go = (next: Record<string, string | undefined>) =>
    void navigate({ to: '/gate', search: Object.fromEntries(Object.entries(next).filter((e): e is [string, string] => Boolean(e[1]))) });
  const inTab = (key: string) => (next: Record<string, string | undefined>) => go({ tab: key, ...next });
  const tabs = [
    { key: 'rules', label: t('gate.tabs.rules'), children: <RulesTab /> },
    { key: 'simulator', label: t('gate.tabs.simulator'), children: <SimulatorTab search={rest} /> },
    { key: 'accounts', label: t('gate.tabs.accounts'), children: <AccountsTab /> },
    { key: 'messages', label: t('gate.tabs.messages'), children: <MessagesTab search={rest} onSearch={inTab('messages')} /> },
    { key: 'plans', label: t('gate.tabs.plans'), children: <PlansTab search={rest} onSearch={inTab('plans')} /> },
    { key: 'blocked', label: t('gate.tabs.blocked'), children: <BlockedTab /> },
  ];
  const active = tabs.find((x) => x.key === tab)?.key ?? 'rules';
  const open = (key: string) => go(key === 'rules' ? {} : { tab: key });
  return (
    <div className="fp-page">
      <PageHeader
        title={t('gate.title')}
        note={t('gate.note')}
        extra={
          may('org.audit') && (
            <Link to="/audit" search={{ action: 'reach.settings_changed' }}>
              <Button>{t('gate.changes')}</Button>
            </Link>
          )
        }
      />
      <ClockBanner />
      {wide ? (
        <Tabs activeKey={active} destroyOnHidden items={tabs} onChange={open} />
      ) : (
        <>
          <Select className="fp-gate-choice" aria-label={t('gate.title')} value={active} onChange={open} options={tabs.map((x) => ({ value: x.key, label: x.label }))} />
          {tabs.find((x) => x.key === active)?.children}
        </>
      )}
    </div>
  );
}
