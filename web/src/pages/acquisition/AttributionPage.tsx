import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Card, Radio, Select, Table, Tooltip, type TableProps } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { attribution as api, type Figures, type ReportBy, type ReportQuery, type ReportRow } from '../../api/acquisition';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { ChannelSelect } from './ChannelSelect';
import { lastDay } from './days';
import { MonthSpan, monthsOf } from './MonthSpan';
import { PathText } from './PathText';
import { PaybackCard } from './PaybackCard';
import { nest, type ReportNode } from './reportTree';
import { verdictOf } from './quality';
import { VerdictTag } from './Verdict';
import './acquisition.css';
import './attribution.css';

const route = getRouteApi('/shell/attribution');
const models = ['first', 'last', 'linear', 'position'] as const;
const windows = [7, 30, 90, 180, 365];
const cuts = ['channel', 'platform', 'campaign', 'entrance', 'staff', 'code', 'link', 'month'] as const satisfies readonly ReportBy[];

/** Who brought whom, what it cost and what came of it. */
export function AttributionPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const span = monthsOf(search, f.timeZone);
  const model = models.find((m) => m === search.model) ?? 'first';
  const window = windows.find((w) => String(w) === search.window) ?? 90;
  const by = cuts.find((c) => c === search.by) ?? 'channel';
  const channel = search.channel ?? '';
  const query = useMemo<ReportQuery>(() => ({ model, window_days: window, from: span.from, to: span.to, ...(channel ? { channel_id: channel } : {}) }), [model, window, span.from, span.to, channel]);
  const report = useQuery({ queryKey: ['attribution', by, query], queryFn: () => api.report(by, query), placeholderData: (before) => before });
  const payback = useQuery({ queryKey: ['attribution', 'payback', query], queryFn: () => api.payback(query), placeholderData: (before) => before });
  const go = (next: Record<string, string>) => {
    const all: Record<string, string> = { model: search.model ?? '', window: search.window ?? '', by: search.by ?? '', channel, from: search.from ?? '', to: search.to ?? '', ...next };
    void navigate({ to: '/attribution', search: Object.fromEntries(Object.entries(all).filter(([, v]) => v)) });
  };
  const data = report.data;
  const rows = useMemo(() => (data ? (data.by === 'channel' ? nest(data.rows) : (data.rows as ReportNode[])) : []), [data]);
  const whole = data?.total;
  const right = { align: 'right' as const, className: 'fp-num' };
  const dash = <span className="fp-muted">—</span>;
  const number = (n: number) => f.number(Math.round(n * 10) / 10);
  const sort = (value: (x: Figures) => number | null) => (a: ReportNode, b: ReportNode) => (value(a) ?? -1) - (value(b) ?? -1);
  const nameOf = (r: ReportRow) => {
    if (!r.key) return <span className="fp-muted">{t(`attribution.unknown.${by === 'staff' || by === 'code' || by === 'link' ? by : 'channel'}`)}</span>;
    if (by === 'code')
      return (
        <Link to="/codes/$codeId" params={{ codeId: r.key }} search={{}}>
          {r.name || r.key}
        </Link>
      );
    if (by === 'campaign' || by === 'entrance') return <PathText path={r.path} />;
    return r.name || r.key;
  };
  const arrivalsOf = (r: ReportRow): Record<string, string> => {
    const days = { from: `${span.from}-01`, to: lastDay(span.to) };
    if (by === 'month') return { ...(channel ? { channel } : {}), from: `${r.key}-01`, to: lastDay(r.key) };
    if (by === 'staff') return { ...days, ...(r.key ? { staff: r.key } : {}) };
    if (by === 'code') return { ...days, ...(r.key ? { code: r.key } : {}) };
    return { ...days, ...(r.key && by !== 'link' ? { channel: r.key } : {}) };
  };
  const figures: { key: string; title: string; help?: string; width: number; show: (x: Figures) => string | undefined; sort: (x: Figures) => number | null }[] = [
    { key: 'persons', title: t('catch.persons'), help: t('attribution.personsHelp'), width: 92, show: (x) => number(x.persons), sort: (x) => x.persons },
    { key: 'cost', title: t('catch.cost'), width: 114, show: (x) => (x.cost_minor ? f.money(x.cost_minor) : undefined), sort: (x) => x.cost_minor },
    { key: 'cac', title: t('catch.cac'), help: t('catch.cacHelp'), width: 100, show: (x) => (x.cac_minor != null ? f.money(x.cac_minor) : undefined), sort: (x) => x.cac_minor },
    { key: 'bought', title: t('catch.bought'), help: t('catch.boughtHelp'), width: 98, show: (x) => (x.reached_first != null ? f.share(x.reached_first, 0) : undefined), sort: (x) => x.reached_first },
    { key: 'repeat', title: t('catch.repeat'), help: t('catch.repeatHelp'), width: 94, show: (x) => (x.reached_repeat != null ? f.share(x.reached_repeat, 0) : undefined), sort: (x) => x.reached_repeat },
    { key: 'soon', title: t('catch.orders30'), help: t('catch.orders30Help'), width: 92, show: (x) => (x.orders_30 != null ? f.number(x.orders_30) : undefined), sort: (x) => x.orders_30 },
    { key: 'orders', title: t('catch.orders'), help: t('attribution.ordersHelp'), width: 94, show: (x) => number(x.orders), sort: (x) => x.orders },
    { key: 'net', title: t('catch.net'), help: t('catch.netHelp'), width: 124, show: (x) => f.money(x.net_minor), sort: (x) => x.net_minor },
    { key: 'roi', title: t('catch.roi'), help: t('catch.roiHelp'), width: 76, show: (x) => (x.roi != null ? f.number(x.roi) : undefined), sort: (x) => x.roi },
  ];
  const columns: TableProps<ReportNode>['columns'] = [
    {
      key: 'name',
      title: t(`attribution.by.${by}`),
      render: (_, r) => (
        <>
          <span className={by === 'channel' ? 'fp-nowrap' : undefined}>{nameOf(r)}</span>
          {/* Here only what costs money for nothing; the page of channels says more. */}
          {whole && by !== 'month' && ['cheapBad', 'dearBad'].includes(verdictOf(r, whole) ?? '') && (
            <div>
              <VerdictTag figures={r} whole={whole} />
            </div>
          )}
        </>
      ),
    },
    ...figures.map((c) => ({
      ...right,
      key: c.key,
      title: c.help ? <Tooltip title={c.help}>{c.title}</Tooltip> : c.title,
      width: c.width,
      sorter: sort(c.sort),
      render: (_: unknown, r: ReportNode) =>
        c.key === 'persons' && r.persons > 0 && by !== 'link' ? (
          <Link to="/arrivals" search={arrivalsOf(r)} title={t('channels.seeArrivals')}>
            {c.show(r)}
          </Link>
        ) : (
          (c.show(r) ?? dash)
        ),
    })),
  ];
  const sums = (label: string, x: Figures, help?: string, skip: string[] = []) => (
    <Table.Summary.Row className="fp-sum">
      <Table.Summary.Cell index={0}>{help ? <Tooltip title={help}>{label}</Tooltip> : label}</Table.Summary.Cell>
      {figures.map((c, i) => (
        <Table.Summary.Cell key={c.key} index={i + 1} align="right">
          <span className="fp-num">{skip.includes(c.key) ? '—' : (c.show(x) ?? '—')}</span>
        </Table.Summary.Cell>
      ))}
    </Table.Summary.Row>
  );
  const keysOf = (list: readonly ReportNode[]): string[] => list.flatMap((r) => [r.key, ...keysOf(r.children ?? [])]);

  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.attribution')}
        note={t('attribution.note')}
        extra={
          <>
            <MonthSpan {...span} onChange={(from, to) => go({ from, to })} />
            <ExportMenu address={(format) => api.exportAddress(format, by, query)} />
          </>
        }
      />
      <div className="fp-stack">
        <Card styles={{ body: { paddingBlock: 12 } }}>
          <div className="fp-report-controls">
            <div role="group" aria-label={t('attribution.model')}>
              <span className="fp-label">{t('attribution.model')}</span>
              <Radio.Group optionType="button" value={model} onChange={(e) => go({ model: e.target.value as string })} options={models.map((m) => ({ value: m, label: t(`attribution.models.${m}`) }))} />
            </div>
            <div>
              <span className="fp-label">{t('attribution.window')}</span>
              <Select value={window} aria-label={t('attribution.window')} onChange={(w) => go({ window: String(w) })} options={windows.map((w) => ({ value: w, label: t('attribution.days', { count: w }) }))} />
            </div>
            <div>
              <span className="fp-label">{t('attribution.cut')}</span>
              <Select value={by} aria-label={t('attribution.cut')} popupMatchSelectWidth={false} onChange={(b: string) => go({ by: b })} options={cuts.map((b) => ({ value: b, label: t(`attribution.by.${b}`) }))} />
            </div>
            <div>
              <span className="fp-label">{t('attribution.within')}</span>
              <ChannelSelect className="fp-filter" value={channel} onChange={(v) => go({ channel: v })} label={t('attribution.within')} />
            </div>
          </div>
          <p className="fp-muted fp-explain" role="status">
            {t(`attribution.explain.${model}`)} {t('attribution.explainWindow', { count: window })}
          </p>
        </Card>
        {report.isError ? (
          <ProblemView error={report.error} onRetry={() => void report.refetch()} />
        ) : !data ? (
          <Loading rows={8} />
        ) : (
          <div className="fp-table-wrap" aria-busy={report.isPlaceholderData}>
            {rows.length === 0 && data.unattributed.orders === 0 ? (
              <EmptyState title={t('attribution.emptyTitle')} text={t('attribution.emptyText')} />
            ) : (
              <DataTable<ReportNode>
                rowKey={(r) => r.key || 'unknown'}
                label={t('menu.attribution')}
                className="fp-report"
                tableLayout="fixed"
                minWidth={1030}
                dataSource={rows.length > 0 ? rows : [{ ...emptyRow }]}
                columns={columns}
                expandable={by === 'channel' ? { defaultExpandedRowKeys: keysOf(rows), indentSize: 16 } : undefined}
                key={`${data.by} ${rows.length}`}
                summary={() => (
                  <>
                    {sums(t('catch.total'), data.total, t(data.by === 'channel' ? 'attribution.totalTree' : 'attribution.totalHelp'))}
                    {!channel && sums(t('attribution.unattributed'), data.unattributed, t('attribution.unattributedHelp'), ['persons', 'cost', 'cac', 'bought', 'repeat', 'soon', 'roi'])}
                  </>
                )}
              />
            )}
          </div>
        )}
        {data && (
          <p className="fp-foot-note fp-muted fp-small">
            {t(data.by === 'channel' ? 'attribution.addsTree' : 'attribution.adds')} {t('attribution.asOf')} <TimeText at={data.as_of} />
          </p>
        )}
        <PaybackCard payback={payback.data} error={payback.isError ? payback.error : undefined} onRetry={() => void payback.refetch()} stale={payback.isPlaceholderData} />
      </div>
    </div>
  );
}

const emptyRow: ReportNode = {
  key: '', name: '', path: [], parent_id: '', level: '', cost_minor: 0, persons: 0, cac_minor: null, known_before: 0, reached_first: null, reached_repeat: null,
  ripe_persons: 0, orders_30: null, still_friend_30: null, orders: 0, gmv_minor: 0, refunded_minor: 0, net_minor: 0, roi: null,
};
