import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/PageHeader';
import { CardTab } from './CardTab';
import { PlaybookTab } from './PlaybookTab';
import './scorecard.css';

const route = getRouteApi('/shell/scorecard');
const tabs = ['elements', 'playbook'] as const;

/** How the pool is kept, element by element, and which way of selling suits its goods. */
export function ScorecardPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const tab = tabs.find((k) => k === search.tab) ?? 'elements';
  return (
    <div className="fp-page fp-scorecard">
      <PageHeader title={t('scorecard.title')} note={t('scorecard.note')} />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => void navigate({ to: '/scorecard', search: { tab: key } })}
        items={[
          { key: 'elements', label: t('scorecard.elements'), children: <CardTab to={search.to} /> },
          { key: 'playbook', label: t('scorecard.playbook'), children: <PlaybookTab place={search.place} /> },
        ]}
      />
    </div>
  );
}
