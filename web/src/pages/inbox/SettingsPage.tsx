import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/PageHeader';
import { DesksTab } from './settings/DesksTab';
import { QuickTab } from './settings/QuickTab';
import { RulesTab } from './settings/RulesTab';
import { TeamsTab } from './settings/TeamsTab';
import './settings/settings.css';

/** Who gets which conversations, what is answered by itself, and what staff have at hand. */
export function InboxSettingsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab }: { tab?: string } = useSearch({ strict: false });
  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/inbox" search={{}}>
          {t('inbox.title')}
        </Link>
      </nav>
      <PageHeader title={t('inbox.settings.title')} note={t('inbox.settings.note')} />
      <Tabs
        destroyOnHidden
        activeKey={['desks', 'teams', 'rules', 'quick'].find((x) => x === tab) ?? 'desks'}
        onChange={(key) => void navigate({ to: '/inbox/settings', search: key === 'desks' ? {} : { tab: key }, replace: true })}
        items={[
          { key: 'desks', label: t('inbox.settings.desks'), children: <DesksTab /> },
          { key: 'teams', label: t('inbox.settings.teams'), children: <TeamsTab /> },
          { key: 'rules', label: t('inbox.settings.rules'), children: <RulesTab /> },
          { key: 'quick', label: t('inbox.settings.quick'), children: <QuickTab /> },
        ]}
      />
    </div>
  );
}
