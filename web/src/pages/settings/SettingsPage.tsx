import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Grid, Select, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { PageHeader } from '../../ui/PageHeader';
import { AccountTab } from './AccountTab';
import { ApiKeysTab } from './ApiKeysTab';
import { BrandTab } from './BrandTab';
import { LifecycleTab } from './LifecycleTab';
import { OidcTab } from './OidcTab';
import './settings.css';

const route = getRouteApi('/shell/settings');

export function SettingsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const items = [
    ...(may('org.settings') ? [{ key: 'brand', label: t('settings.brand'), children: <BrandTab /> }] : []),
    ...(may('lifecycle.read') ? [{ key: 'lifecycle', label: t('settings.lifecycle'), children: <LifecycleTab /> }] : []),
    ...(may('org.settings') ? [{ key: 'oidc', label: t('settings.oidc'), children: <OidcTab /> }] : []),
    ...(may('org.api_keys') ? [{ key: 'keys', label: t('settings.keys'), children: <ApiKeysTab /> }] : []),
    { key: 'account', label: t('settings.account'), children: <AccountTab /> },
  ];
  const active = items.some((i) => i.key === search.tab) ? search.tab : items[0]?.key;
  const go = (tab: string) => void navigate({ to: '/settings', search: { tab } });
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.settings')} />
      <div className="fp-settings">
        {wide ? (
          <Tabs tabPlacement="start" activeKey={active} destroyOnHidden onChange={go} items={items} />
        ) : (
          <>
            <Select
              className="fp-settings-choice"
              aria-label={t('menu.settings')}
              value={active}
              onChange={go}
              options={items.map((i) => ({ value: i.key, label: i.label }))}
            />
            {items.find((i) => i.key === active)?.children}
          </>
        )}
      </div>
    </div>
  );
}
