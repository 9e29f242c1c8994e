import { PlusOutlined } from '@ant-design/icons';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { PageHeader } from '../../ui/PageHeader';
import { ChannelDialog } from './ChannelDialog';
import { ChannelsTab } from './ChannelsTab';
import { CostsTab } from './CostsTab';
import './acquisition.css';

const route = getRouteApi('/shell/channels');

/** Where people come from, what that cost, and whether it was worth it. */
export function ChannelsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const [creating, setCreating] = useState(false);
  const report = may('acquisition.report');
  const tab = search.tab === 'costs' && report ? 'costs' : 'channels';
  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.channels')}
        note={t('channels.note')}
        extra={
          may('acquisition.write') && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
              {t('channels.create')}
            </Button>
          )
        }
      />
      {report ? (
        <Tabs
          activeKey={tab}
          destroyOnHidden
          onChange={(next) => void navigate({ to: '/channels', search: next === 'channels' ? {} : { tab: next } })}
          items={[
            { key: 'channels', label: t('channels.tab'), children: <ChannelsTab /> },
            { key: 'costs', label: t('costs.tab'), children: <CostsTab /> },
          ]}
        />
      ) : (
        <ChannelsTab />
      )}
      {creating && <ChannelDialog onClose={() => setCreating(false)} />}
    </div>
  );
}
