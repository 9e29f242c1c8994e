import { PlusOutlined } from '@ant-design/icons';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { PageHeader } from '../../ui/PageHeader';
import { ListsTab } from './ListsTab';
import { SegmentList } from './SegmentList';
import './builder.css';
import './segments.css';

const route = getRouteApi('/shell/segments');

export function SegmentsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { tab = 'segments' } = route.useSearch();
  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.segments')}
        note={t('segments.note')}
        extra={
          may('segment.write') && (
            <Link to="/segments/new" search={{}}>
              <Button type="primary" icon={<PlusOutlined />}>
                {t('segments.create')}
              </Button>
            </Link>
          )
        }
      />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(next) => void navigate({ to: '/segments', search: next === 'segments' ? {} : { tab: next } })}
        items={[
          { key: 'segments', label: t('segments.tabSegments'), children: <SegmentList /> },
          { key: 'lists', label: t('segments.tabLists'), children: <ListsTab /> },
        ]}
      />
    </div>
  );
}
