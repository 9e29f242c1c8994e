import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Badge, Grid, Select, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { cases } from '../../api/care';
import { useMay } from '../../app/me';
import { PageHeader } from '../../ui/PageHeader';
import { ArchiveTab } from './ArchiveTab';
import { CasesTab } from './CasesTab';
import { MoneyTab } from './MoneyTab';
import { SettingsTab } from './SettingsTab';
import { WordsTab } from './WordsTab';
import { ZombiesTab } from './ZombiesTab';
import './care.css';

const route = getRouteApi('/shell/care');

/** What is said, who complains, and who is about to be lost. */
export function CarePage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const read = may('care.read');
  const counts = useQuery({ queryKey: ['care', 'counts'], queryFn: cases.counts, enabled: read, refetchInterval: 15_000 });
  const tabs = [
    ...(read
      ? [
          {
            key: 'cases',
            label: (
              <Badge count={counts.data?.open ?? 0} size="small" offset={[8, -2]} overflowCount={999}>
                {t('care.tab.cases')}
              </Badge>
            ),
            children: <CasesTab counts={counts.data} />,
          },
          { key: 'words', label: t('care.tab.words'), children: <WordsTab /> },
        ]
      : []),
    ...(may('care.archive') ? [{ key: 'archive', label: t('care.tab.archive'), children: <ArchiveTab /> }] : []),
    ...(may('care.zombies') ? [{ key: 'zombies', label: t('care.tab.zombies'), children: <ZombiesTab /> }] : []),
    ...(read
      ? [
          { key: 'money', label: t('care.tab.money'), children: <MoneyTab /> },
          { key: 'settings', label: t('care.tab.settings'), children: <SettingsTab /> },
        ]
      : []),
  ];
  const wanted = route.useSearch().tab;
  const active = tabs.some((x) => x.key === wanted) ? wanted : tabs[0]?.key;
  const open = (tab: string) => void navigate({ to: '/care', search: { tab } });
  return (
    <div className="fp-page">
      <PageHeader title={t('care.title')} note={t('care.note')} />
      {wide ? (
        <Tabs activeKey={active} destroyOnHidden items={tabs} onChange={open} />
      ) : (
        <>
          <Select className="fp-care-wide fp-care-gap" aria-label={t('care.title')} value={active} onChange={open} options={tabs.map((x) => ({ value: x.key, label: t(`care.tab.${x.key}`) }))} />
          {tabs.find((x) => x.key === active)?.children}
        </>
      )}
    </div>
  );
}
