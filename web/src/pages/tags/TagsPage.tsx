import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/PageHeader';
import { TagList } from './TagList';
import { TraitList } from './TraitList';

const route = getRouteApi('/shell/tags');

export function TagsPage() {
  const { t } = useTranslation();
  const { tab = 'tags' } = route.useSearch();
  const navigate = useNavigate();
  return (
    <div className="fp-page">
      <PageHeader title={t('menu.tags')} note={t('tags.note')} />
      <Tabs
        activeKey={tab}
        onChange={(next) => void navigate({ to: '/tags', search: next === 'tags' ? {} : { tab: next } })}
        items={[
          { key: 'tags', label: t('field.tags'), children: <TagList /> },
          { key: 'traits', label: t('customer.traits'), children: <TraitList /> },
        ]}
      />
    </div>
  );
}
