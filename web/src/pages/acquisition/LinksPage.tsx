import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/PageHeader';
import { CardsTab } from './CardsTab';
import { FormsTab } from './FormsTab';
import { LinksTab } from './LinksTab';
import { RewardsTab } from './RewardsTab';
import { SharesTab } from './SharesTab';
import './acquisition.css';

const route = getRouteApi('/shell/links');
const tabs = ['links', 'cards', 'forms', 'rewards', 'shares'] as const;

/** The other ways in: own links, printed cards, forms, and what staff share. */
export function LinksPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const tab = tabs.find((x) => x === search.tab) ?? 'links';
  const content = { links: <LinksTab />, cards: <CardsTab />, forms: <FormsTab />, rewards: <RewardsTab />, shares: <SharesTab /> };
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.links')} note={t(`${tab}.note`)} />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(next) => void navigate({ to: '/links', search: next === 'links' ? {} : { tab: next } })}
        items={tabs.map((key) => ({ key, label: t(`${key}.tab`), children: content[key] }))}
      />
    </div>
  );
}
