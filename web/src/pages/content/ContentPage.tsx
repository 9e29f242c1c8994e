import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { PageHeader } from '../../ui/PageHeader';
import { BriefcasesTab } from './BriefcasesTab';
import { CardTab } from './CardTab';
import { EffectTab } from './EffectTab';
import { LibraryTab } from './LibraryTab';
import { Visits } from './VisitorsTab';
import './content.css';

const route = getRouteApi('/shell/content');
const tabs = ['library', 'briefcases', 'card', 'visitors', 'effects'] as const;
const everything = {};

export function ContentPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const search = route.useSearch();
  const tab = tabs.find((x) => x === search.tab) ?? 'library';
  const days = [7, 30, 90].find((n) => String(n) === search.days) ?? 30;
  return (
    <div className="fp-page">
      <PageHeader title={t('content.title')} note={t('content.note')} />
      <Tabs
        className="fp-content-tabs"
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => void navigate({ to: '/content', search: key === 'library' ? {} : { tab: key } })}
        items={[
          { key: 'library', label: t('content.tabs.library'), children: <LibraryTab search={search} /> },
          { key: 'briefcases', label: t('content.tabs.briefcases'), children: <BriefcasesTab open={search.briefcase ?? ''} onOpen={(id) => void navigate({ to: '/content', search: { tab: 'briefcases', ...(id ? { briefcase: id } : {}) } })} /> },
          ...(may('acquisition.share') ? [{ key: 'card', label: t('card.tab'), children: <CardTab /> }] : []),
          { key: 'visitors', label: t('content.tabs.visitors'), children: <Visits filter={everything} /> },
          { key: 'effects', label: t('content.tabs.effects'), children: <EffectTab days={days} onDays={(n) => void navigate({ to: '/content', search: { tab: 'effects', days: String(n) } })} /> },
        ]}
      />
    </div>
  );
}
