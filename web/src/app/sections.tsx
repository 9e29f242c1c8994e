import {
  ApiOutlined,
  ApartmentOutlined,
  AuditOutlined,
  BarChartOutlined,
  FilterOutlined,
  HomeOutlined,
  ImportOutlined,
  LinkOutlined,
  LoginOutlined,
  MergeOutlined,
  MonitorOutlined,
  QrcodeOutlined,
  SettingOutlined,
  TagsOutlined,
  TeamOutlined,
  UserSwitchOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { Section } from '../lib/permissions';

export const paths = {
  home: '/',
  customers: '/customers',
  segments: '/segments',
  duplicates: '/duplicates',
  tags: '/tags',
  imports: '/imports',
  channels: '/channels',
  codes: '/codes',
  links: '/links',
  arrivals: '/arrivals',
  attribution: '/attribution',
  accounts: '/accounts',
  staff: '/staff',
  audit: '/audit',
  settings: '/settings',
  system: '/system',
} as const satisfies Record<Section, string>;

export const icons: Record<Section, ReactNode> = {
  home: <HomeOutlined />,
  customers: <TeamOutlined />,
  segments: <FilterOutlined />,
  duplicates: <MergeOutlined />,
  tags: <TagsOutlined />,
  imports: <ImportOutlined />,
  channels: <ApartmentOutlined />,
  codes: <QrcodeOutlined />,
  links: <LinkOutlined />,
  arrivals: <LoginOutlined />,
  attribution: <BarChartOutlined />,
  accounts: <ApiOutlined />,
  staff: <UserSwitchOutlined />,
  audit: <AuditOutlined />,
  settings: <SettingOutlined />,
  system: <MonitorOutlined />,
};

/** How the menu groups what exists; a group without open sections is not shown. */
export const groups: { key: 'home' | 'people' | 'catch' | 'settings'; sections: Section[] }[] = [
  { key: 'home', sections: ['home'] },
  { key: 'people', sections: ['customers', 'segments', 'duplicates', 'tags', 'imports'] },
  { key: 'catch', sections: ['channels', 'codes', 'links', 'arrivals', 'attribution', 'accounts'] },
  { key: 'settings', sections: ['settings', 'staff', 'audit', 'system'] },
];
