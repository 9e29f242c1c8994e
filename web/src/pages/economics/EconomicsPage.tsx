import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Card, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { economics, type By, type EconomicsPeople } from '../../api/economics';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { isMonth } from '../../lib/zone';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { ReportMenu } from '../../ui/ReportMenu';
import { PeriodPicker } from '../overview/PeriodPicker';
import '../overview/overview.css';
import { CohortCard, PaybackCard } from './CurvesCards';
import { MarginField } from './MarginField';
import { PeopleDrawer } from './PeopleDrawer';
import { useRowName } from './pieces';
import { SalesCard } from './SalesCard';
import { StatCards } from './StatCards';
import { UnitTable } from './UnitTable';
import { WhatIfCard } from './WhatIfCard';
import './economics.css';

const route = getRouteApi('/shell/economics');
const ways: By[] = ['channel', 'platform', 'campaign', 'entrance', 'staff', 'account', 'code', 'link', 'month'];

function asked(text: string | undefined): EconomicsPeople | undefined {
  try {
    const who = text ? (JSON.parse(text) as EconomicsPeople) : undefined;
    return who && typeof who.figure === 'string' ? who : undefined;
  } catch {
    return undefined;
  }
}

/** What people cost, when it comes back, what they are worth. What is asked stands in the address. */
export function EconomicsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const search = route.useSearch();
  const by = ways.find((w) => w === search.by) ?? 'channel';
  const months = isMonth(search.from) && isMonth(search.to) ? { from: search.from, to: search.to } : {};
  const who = asked(search.who);
  const nameOf = useRowName((who?.by as By | undefined) ?? by);
  const answer = useQuery({ queryKey: ['economics', by, months], queryFn: () => economics.get({ by, ...months }), placeholderData: (before) => before });
  const curves = useQuery({ queryKey: ['economics-curves', by, months], queryFn: () => economics.curves({ by, ...months }), placeholderData: (before) => before });
  const show = (next: Record<string, unknown>) => void navigate({ to: '/economics', search: { ...search, ...next } as never });
  const open = (next: EconomicsPeople) => show({ who: JSON.stringify(next) });

  const title = t('menu.economics');
  if (answer.isPending)
    return (
      <div className="fp-page">
        <PageHeader title={title} note={t('economics.note')} />
        <Loading rows={10} />
      </div>
    );
  if (answer.isError)
    return (
      <div className="fp-page">
        <PageHeader title={title} note={t('economics.note')} />
        <ProblemView error={answer.error} onRetry={() => void answer.refetch()} />
      </div>
    );
  const data = answer.data;
  if (!data.first_month)
    return (
      <div className="fp-page">
        <PageHeader title={title} note={t('economics.note')} />
        <Card>
          <EmptyState
            title={t('economics.emptyTitle')}
            text={t('economics.emptyText')}
            action={
              <Space>
                {may('import.run') && (
                  <Link to="/imports">
                    <Button type="primary">{t('economics.emptyImport')}</Button>
                  </Link>
                )}
                {may('acquisition.report') && (
                  <Link to="/channels">
                    <Button>{t('economics.emptyChannels')}</Button>
                  </Link>
                )}
              </Space>
            }
          />
        </Card>
      </div>
    );
  const { period } = data;
  const titleOf = (p: EconomicsPeople) => {
    const what = t(`economics.people.${p.figure}`, { days: p.days, count: p.offset ?? 0, month: data.interaction.month });
    const row = p.key === undefined ? undefined : data.rows.find((r) => r.key === p.key);
    return row ? t('economics.peopleOf', { what, row: nameOf(row) }) : what;
  };
  const usual = { first: data.first_month < period.from ? data.first_month : period.from, last: data.last_month > period.to ? data.last_month : period.to };
  return (
    <div className="fp-page" data-economics={by}>
      <PageHeader
        title={title}
        note={t('economics.counted', { from: period.from, to: period.to, zone: period.time_zone, at: f.dateTime(data.as_of) })}
        extra={
          <Space wrap>
            <PeriodPicker from={period.from} to={period.to} first={usual.first} last={usual.last} onChange={(from, to) => show({ from, to })} />
            <ReportMenu page="economics" query={{ from: period.from, to: period.to, by }} />
          </Space>
        }
      />
      <div className="fp-stack" aria-busy={answer.isPlaceholderData}>
        <div className="fp-economics-tools">
          <label className="fp-no-print">
            <span>{t('economics.by')}</span>
            <Select aria-label={t('economics.by')} value={by} popupMatchSelectWidth={false} options={ways.map((value) => ({ value, label: t(`economics.ways.${value}`) }))} onChange={(next: By) => show({ by: next })} />
          </label>
          <MarginField bp={data.margin_bp} />
        </div>
        <StatCards data={data} search={search} />
        <Card title={t('economics.table')} styles={{ body: { padding: 0 } }}>
          <UnitTable data={data} by={by} open={open} />
        </Card>
        {curves.isError ? (
          <Card>
            <ProblemView error={curves.error} onRetry={() => void curves.refetch()} />
          </Card>
        ) : curves.data ? (
          <>
            <PaybackCard data={curves.data} by={by} open={open} asOf={data.as_of} />
            <CohortCard data={curves.data} by={by} open={open} asOf={data.as_of} />
          </>
        ) : (
          <Card>
            <Loading />
          </Card>
        )}
        <SalesCard period={period} asOf={data.as_of} />
        <WhatIfCard data={data} by={by} />
      </div>
      {who && <PeopleDrawer key={search.who} title={titleOf(who)} who={who} onClose={() => show({ who: undefined })} />}
    </div>
  );
}
