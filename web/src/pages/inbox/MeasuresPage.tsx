import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Button, DatePicker, Select } from 'antd';
import dayjs from 'dayjs';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { inbox, type Measured, type MeasuredBy } from '../../api/inbox';
import { useFormat } from '../../app/useFormat';
import { dayOf, nextDay, startOfDay } from '../../lib/zone';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { download, toCsv } from '../../lib/csv';
import './settings/settings.css';
import { useAccountNames } from './settings/useAccountNames';

const isDay = (text: string | undefined): text is string => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && dayjs(text).isValid();
const columns = ['opened', 'replied', 'resolved', 'replies', 'first_reply_median_seconds', 'first_reply_p90_seconds', 'resolve_median_seconds', 'resolve_p90_seconds'] as const;

/** How fast and how much customers are answered. */
export function InboxMeasuresPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const accounts = useAccountNames();
  const search: { from?: string; to?: string; account?: string } = useSearch({ strict: false });
  const today = dayOf(new Date().toISOString(), f.timeZone);
  const to = isDay(search.to) ? search.to : today;
  const from = isDay(search.from) && search.from <= to ? search.from : dayjs(to).subtract(29, 'day').format('YYYY-MM-DD');
  const query = useMemo(() => ({ from: startOfDay(from, f.timeZone), to: startOfDay(nextDay(to), f.timeZone), account_id: search.account }), [from, to, f.timeZone, search.account]);
  const measures = useQuery({ queryKey: ['inbox', 'measures', query], queryFn: () => inbox.measures(query) });
  const go = (change: Record<string, string | undefined>) => void navigate({ to: '/inbox/measures', search: Object.fromEntries(Object.entries({ ...search, ...change }).filter((e) => e[1])) as Record<string, string>, replace: true });
  const length = (seconds: number, of: number) => (of === 0 ? '—' : f.duration(seconds));
  const m = measures.data;

  const figures = (all: Measured, waiting: number): [string, string][] => [
    [t('inbox.measures.opened'), f.number(all.opened)],
    [t('inbox.measures.replied'), all.opened ? `${f.number(all.replied)} (${f.share(all.replied / all.opened, 0)})` : '0'],
    [t('inbox.measures.firstReply'), length(all.first_reply_median_seconds, all.replied)],
    [t('inbox.measures.firstReply90'), length(all.first_reply_p90_seconds, all.replied)],
    [t('inbox.measures.resolve'), length(all.resolve_median_seconds, all.resolved)],
    [t('inbox.measures.waiting'), f.number(waiting)],
  ];
  const table = (label: string, rows: MeasuredBy[], name: string) => (
    <section>
      <h2 className="fp-inbox-h2">{label}</h2>
      <div className="fp-table-wrap">
        <DataTable<MeasuredBy>
          label={label}
          minWidth={860}
          rowKey="id"
          dataSource={rows}
          locale={{ emptyText: <EmptyState title={t('inbox.measures.none')} text={t('inbox.measures.noneText')} /> }}
          columns={[
            { title: name, dataIndex: 'name', render: (v: string, r) => <bdi className="fp-break">{v || r.id || '—'}</bdi> },
            { title: t('inbox.measures.opened'), dataIndex: 'opened', align: 'right', className: 'fp-num', sorter: (a, b) => a.opened - b.opened, render: (v: number) => f.number(v) },
            { title: t('inbox.measures.replied'), dataIndex: 'replied', align: 'right', className: 'fp-num', render: (v: number) => f.number(v) },
            { title: t('inbox.measures.resolved'), dataIndex: 'resolved', align: 'right', className: 'fp-num', render: (v: number) => f.number(v) },
            { title: t('inbox.measures.replies'), dataIndex: 'replies', align: 'right', className: 'fp-num', render: (v: number) => f.number(v) },
            { title: t('inbox.measures.firstReply'), align: 'right', className: 'fp-num', sorter: (a, b) => a.first_reply_median_seconds - b.first_reply_median_seconds, render: (_v, r) => length(r.first_reply_median_seconds, r.replied) },
            { title: t('inbox.measures.firstReply90'), align: 'right', className: 'fp-num', render: (_v, r) => length(r.first_reply_p90_seconds, r.replied) },
            { title: t('inbox.measures.resolve'), align: 'right', className: 'fp-num', render: (_v, r) => length(r.resolve_median_seconds, r.resolved) },
            { title: t('inbox.measures.open'), dataIndex: 'open', align: 'right', className: 'fp-num', sorter: (a, b) => a.open - b.open, render: (v: number) => f.number(v) },
          ]}
        />
      </div>
    </section>
  );
  const save = () => {
    if (!m) return;
    const head = [t('inbox.measures.what'), t('inbox.measures.name'), ...columns, 'open'];
    const line = (what: string, r: MeasuredBy) => [what, r.name || r.id, ...columns.map((c) => r[c]), r.open];
    download(`inbox-${from}-${to}.csv`, toCsv([head, line(t('inbox.measures.all'), { ...m.all, id: '', name: '', open: 0 }), ...m.accounts.map((r) => line(t('inbox.filterAccount'), r)), ...m.teams.map((r) => line(t('inbox.filterTeam'), r)), ...m.staff.map((r) => line(t('inbox.filterStaff'), r))]));
  };

  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/inbox" search={{}}>
          {t('inbox.title')}
        </Link>
      </nav>
      <PageHeader
        title={t('inbox.measures.title')}
        note={t('inbox.measures.note')}
        extra={
          <Button icon={<DownloadOutlined />} disabled={!m} onClick={save}>
            {t('inbox.measures.export')}
          </Button>
        }
      />
      <div className="fp-toolbar">
        <DatePicker.RangePicker
          allowClear={false}
          value={[dayjs(from), dayjs(to)]}
          maxDate={dayjs(today)}
          onChange={(v) => v?.[0] && v[1] && go({ from: v[0].format('YYYY-MM-DD'), to: v[1].format('YYYY-MM-DD') })}
          aria-label={t('inbox.measures.period')}
        />
        <Select allowClear value={search.account} placeholder={t('inbox.anyAccount')} aria-label={t('inbox.filterAccount')} style={{ minWidth: 180 }} onChange={(account?: string) => go({ account })} options={accounts.options} />
      </div>
      {measures.isError ? (
        <ProblemView error={measures.error} onRetry={() => void measures.refetch()} />
      ) : !m ? (
        <Loading rows={8} />
      ) : (
        <div className="fp-stack">
          {!m.complete && <Alert type="warning" showIcon title={t('inbox.measures.incomplete')} />}
          <dl className="fp-figures">
            {figures(m.all, m.waiting).map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd className="fp-tabular">{value}</dd>
              </div>
            ))}
          </dl>
          {table(t('inbox.measures.byStaff'), m.staff, t('inbox.filterStaff'))}
          {m.teams.length > 0 && table(t('inbox.measures.byTeam'), m.teams, t('inbox.filterTeam'))}
          {table(t('inbox.measures.byAccount'), m.accounts, t('inbox.filterAccount'))}
        </div>
      )}
    </div>
  );
}
