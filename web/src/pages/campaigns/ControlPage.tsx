import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Alert, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns } from '../../api/campaigns';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { UpliftTable } from './UpliftTable';
import './campaigns.css';

const route = getRouteApi('/shell/campaigns/control');

/** What all of a quarter's marketing brought together, against those who got none of it. */
export function ControlPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const { quarter } = route.useSearch();
  const read = useQuery({ queryKey: ['campaign-control', quarter], queryFn: () => campaigns.control(quarter) });
  const c = read.data;
  const outcomes = c?.outcomes ?? [];
  const quarters = c?.quarters ?? [];
  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/campaigns" search={{}}>
          {t('campaigns.title')}
        </Link>
      </nav>
      <PageHeader
        title={t('campaigns.quarter.title')}
        note={t('campaigns.quarter.note')}
        extra={quarters.length > 0 && <Select aria-label={t('campaigns.quarter.which')} style={{ minWidth: 120 }} value={c?.quarter} onChange={(q) => void navigate({ to: '/campaigns/control', search: { quarter: q } })} options={quarters.map((q) => ({ value: q, label: q }))} />}
      />
      {read.isError ? (
        <ProblemView error={read.error} onRetry={() => void read.refetch()} />
      ) : !c ? (
        <Loading rows={8} />
      ) : outcomes.length === 0 ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('campaigns.quarter.emptyTitle')} text={t('campaigns.quarter.emptyText')} />
        </div>
      ) : (
        <div className="fp-stack">
          {!c.final && c.until && <Alert type="warning" showIcon title={t('campaigns.early', { until: f.date(c.until) })} />}
          <section className="fp-campaign-box" aria-label={c.quarter}>
            <p className="fp-muted">{t('campaigns.quarter.groups', { marketed: f.number(c.marketed), control: f.number(c.control) })}</p>
            <UpliftTable outcomes={outcomes} currency={c.currency} />
            {c.mixed > 0 && <p className="fp-muted fp-small">{t('campaigns.mixed', { count: c.mixed })}</p>}
          </section>
        </div>
      )}
    </div>
  );
}
