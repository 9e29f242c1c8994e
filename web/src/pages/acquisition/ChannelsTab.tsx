import { MoreOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Checkbox, Dropdown, Grid, Input, Table, Tooltip, type TableProps } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { attribution, channels as api, type Channel, type Figures } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { ChannelCards } from './ChannelCards';
import { ChannelDialog } from './ChannelDialog';
import { lastDay } from './days';
import { MonthSpan, monthsOf } from './MonthSpan';
import { buyersOf, costPerBuyer, fewPersons } from './quality';
import { SpreadDialog } from './SpreadDialog';
import { channelsKey, prune, useChannels, type ChannelNode } from './useChannels';
import { useUndo } from '../../ui/useUndo';
import { Bar, VerdictTag } from './Verdict';

const route = getRouteApi('/shell/channels');

/** A row of the table: a channel, or those whose channel nobody knows. */
export interface ChannelRow {
  key: string;
  channel?: ChannelNode;
  figures?: Figures;
  children?: ChannelRow[];
}

function rowsOf(tree: readonly ChannelNode[], figures: Map<string, Figures>, archived: boolean): ChannelRow[] {
  return tree
    .filter((n) => archived || !n.archived)
    .map((n) => {
      const children = rowsOf(n.below, figures, archived);
      return { key: n.id, channel: n, figures: figures.get(n.id), ...(children.length > 0 ? { children } : {}) };
    });
}

const keysOf = (rows: readonly ChannelRow[]): string[] => rows.flatMap((r) => [r.key, ...keysOf(r.children ?? [])]);

export function ChannelsTab() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const span = monthsOf(search, f.timeZone);
  const { query, list, tree } = useChannels();
  const [q, setQ] = useState('');
  const [archived, setArchived] = useState(false);
  const [closed, setClosed] = useState<string[]>([]);
  const [editing, setEditing] = useState<Channel>();
  const [adding, setAdding] = useState<string>();
  const [costing, setCosting] = useState<string>();
  const write = may('acquisition.write');
  const report = useQuery({
    queryKey: ['attribution', 'channel', span],
    queryFn: () => attribution.report('channel', { ...span, model: 'first' }),
    enabled: may('acquisition.report'),
    placeholderData: (before) => before,
  });
  const whole = report.data?.total;
  const rows = useMemo(() => {
    const figures = new Map((report.data?.rows ?? []).map((r) => [r.key, r as Figures]));
    const out = rowsOf(prune(tree, q), figures, archived);
    const unknown = figures.get('');
    if (unknown && !q) out.push({ key: 'unknown', figures: unknown });
    return out;
  }, [report.data, tree, q, archived]);
  // One person who happened to be dear would make all others look cheap.
  const dearest = Math.max(1, ...(report.data?.rows ?? []).filter((r) => r.persons >= fewPersons).map((r) => r.cac_minor ?? 0));

  if (query.isError) return <ProblemView error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Loading rows={8} />;
  if (list.length === 0 && !report.data?.rows.length)
    return (
      <div className="fp-table-wrap">
        <EmptyState
          title={t('channels.emptyTitle')}
          text={t('channels.emptyText')}
          action={
            write && (
              <Button type="primary" onClick={() => setAdding('')}>
                {t('channels.create')}
              </Button>
            )
          }
        />
        {adding !== undefined && <ChannelDialog onClose={() => setAdding(undefined)} />}
      </div>
    );

  const fresh = () => queryClient.invalidateQueries({ queryKey: channelsKey });
  const archive = async (c: ChannelNode) => {
    // What was in use before is what comes back, from the top down.
    const active = (n: ChannelNode): string[] => (n.archived ? [] : [n.id, ...n.below.flatMap(active)]);
    const back = active(c);
    try {
      await api.update(c.id, { archived: true });
    } catch (error) {
      notify(error);
      return;
    }
    undo(`channel-${c.id}`, t(back.length > 1 ? 'channels.archivedAll' : 'channels.archived', { name: c.name, count: back.length - 1 }), async () => {
      for (const id of back) await api.update(id, { archived: false });
      await fresh();
    });
    await fresh();
  };
  const restore = (c: Channel) => api.update(c.id, { archived: false }).then(fresh, notify);
  const menuOf = (c: ChannelNode) => ({
    items: [
      ...(c.archived
        ? [{ key: 'restore', label: t('channels.restore'), onClick: () => void restore(c) }]
        : [
            ...(c.level === 'entrance' ? [] : [{ key: 'add', label: t(c.level === 'platform' ? 'channels.addCampaign' : 'channels.addEntrance'), onClick: () => setAdding(c.id) }]),
            { key: 'cost', label: t('channels.addCost'), onClick: () => setCosting(c.id) },
            { key: 'edit', label: t('channels.edit'), onClick: () => setEditing(c) },
            { key: 'code', label: t('channels.addCode'), onClick: () => void navigate({ to: '/codes/new', search: { channel: c.id } }) },
            { type: 'divider' as const },
            { key: 'archive', label: t('channels.archive'), onClick: () => void archive(c) },
          ]),
    ],
  });
  const arrivalsOf = (r: ChannelRow) => ({ ...(r.channel ? { channel: r.channel.id } : {}), from: `${span.from}-01`, to: lastDay(span.to) });
  const dash = <span className="fp-muted">—</span>;
  const right = { align: 'right' as const, className: 'fp-num' };
  const by = (value: (x: Figures) => number | null | undefined) => (a: ChannelRow, b: ChannelRow) => (a.figures && value(a.figures) || 0) - (b.figures && value(b.figures) || 0);

  const figureColumns: TableProps<ChannelRow>['columns'] = [
    {
      ...right,
      key: 'persons',
      title: t('catch.persons'),
      width: 92,
      sorter: by((x) => x.persons),
      render: (_, r) =>
        r.figures ? (
          <Link to="/arrivals" search={arrivalsOf(r)} title={t('channels.seeArrivals')}>
            {f.number(r.figures.persons)}
          </Link>
        ) : (
          dash
        ),
    },
    { ...right, key: 'cost', title: t('catch.cost'), width: 120, sorter: by((x) => x.cost_minor), render: (_, r) => (r.figures?.cost_minor ? f.money(r.figures.cost_minor) : dash) },
    {
      ...right,
      key: 'cac',
      title: <Tooltip title={t('catch.cacHelp')}>{t('catch.cac')}</Tooltip>,
      width: 108,
      sorter: by((x) => x.cac_minor),
      render: (_, r) =>
        r.figures?.cac_minor != null ? (
          <>
            {f.money(r.figures.cac_minor)}
            <Bar share={r.figures.cac_minor / dearest} tone="cost" />
          </>
        ) : (
          dash
        ),
    },
    {
      ...right,
      key: 'bought',
      title: <Tooltip title={t('catch.boughtHelp')}>{t('catch.bought')}</Tooltip>,
      width: 112,
      sorter: by((x) => x.reached_first),
      render: (_, r) =>
        r.figures?.reached_first != null ? (
          <>
            <span className="fp-muted">{f.number(Math.round(buyersOf(r.figures)))} ·</span> {f.share(r.figures.reached_first, 0)}
            <Bar share={r.figures.reached_first} tone="quality" />
          </>
        ) : (
          dash
        ),
    },
    { ...right, key: 'buyer', title: <Tooltip title={t('catch.perBuyerHelp')}>{t('catch.perBuyer')}</Tooltip>, width: 112, sorter: by(costPerBuyer), render: (_, r) => (r.figures && r.figures.cost_minor > 0 && costPerBuyer(r.figures) !== undefined ? f.money(costPerBuyer(r.figures)!) : dash) },
    { ...right, key: 'soon', title: <Tooltip title={t('catch.orders30Help')}>{t('catch.orders30')}</Tooltip>, width: 92, sorter: by((x) => x.orders_30), render: (_, r) => (r.figures?.orders_30 != null ? f.number(r.figures.orders_30) : dash) },
    { key: 'verdict', title: t('catch.verdict'), width: 136, render: (_, r) => r.figures && whole && <VerdictTag figures={r.figures} whole={whole} /> },
  ];

  const columns: TableProps<ChannelRow>['columns'] = [
    {
      key: 'name',
      title: t('channels.name'),
      render: (_, r) =>
        r.channel ? (
          <span className={r.channel.archived ? 'fp-muted' : undefined}>
            <span title={`${t(`channels.level.${r.channel.level}`)} · ${r.channel.path.join(' › ')}`}>{r.channel.name}</span>
            {r.channel.archived && <span className="fp-small"> · {t('channels.isArchived')}</span>}
          </span>
        ) : (
          <Tooltip title={t('channels.unknownHelp')}>
            <span className="fp-muted">{t('catch.unknownChannel')}</span>
          </Tooltip>
        ),
    },
    ...(may('acquisition.report') ? (figureColumns ?? []) : []),
    {
      key: 'actions',
      title: <span className="fp-hidden">{t('common.actions')}</span>,
      width: write ? 48 : 1,
      align: 'right',
      render: (_, r) =>
        write &&
        r.channel && (
          <Dropdown trigger={['click']} menu={menuOf(r.channel)} placement="bottomRight">
            <Button size="small" type="text" icon={<MoreOutlined />} aria-label={t('channels.actionsOf', { name: r.channel.name })} />
          </Dropdown>
        ),
    },
  ];

  return (
    <>
      <div className="fp-toolbar">
        <Input.Search className="fp-grow" allowClear value={q} placeholder={t('channels.search')} aria-label={t('channels.search')} maxLength={60} onChange={(e) => setQ(e.target.value)} />
        {may('acquisition.report') && <MonthSpan {...span} onChange={(from, to) => void navigate({ to: '/channels', search: { from, to } })} />}
        {list.some((c) => c.archived) && (
          <Checkbox checked={archived} onChange={(e) => setArchived(e.target.checked)}>
            {t('channels.showArchived')}
          </Checkbox>
        )}
        {may('acquisition.report') && (
          <span className="fp-end">
            <ExportMenu address={(format) => attribution.exportAddress(format, 'channel', { ...span, model: 'first' })} />
          </span>
        )}
      </div>
      {report.isError && <ProblemView error={report.error} onRetry={() => void report.refetch()} />}
      <div className="fp-table-wrap" aria-busy={report.isFetching && report.isPlaceholderData}>
        {rows.length === 0 ? (
          <EmptyState title={t('channels.noneTitle')} text={t('channels.noneText')} action={<Button onClick={() => setQ('')}>{t('customers.clear')}</Button>} />
        ) : wide ? (
          <DataTable<ChannelRow>
            rowKey="key"
            label={t('menu.channels')}
            className="fp-report"
            tableLayout="fixed"
            minWidth={may('acquisition.report') ? 980 : 400}
            dataSource={rows}
            columns={columns}
            expandable={{
              expandedRowKeys: keysOf(rows).filter((k) => !closed.includes(k)),
              onExpand: (open, r) => setClosed((was) => (open ? was.filter((k) => k !== r.key) : [...was, r.key])),
              indentSize: 18,
            }}
            summary={() =>
              whole && !q ? (
                <Table.Summary.Row className="fp-sum">
                  <Table.Summary.Cell index={0}>{t('catch.total')}</Table.Summary.Cell>
                  <Table.Summary.Cell index={1} align="right">{f.number(whole.persons)}</Table.Summary.Cell>
                  <Table.Summary.Cell index={2} align="right">{f.money(whole.cost_minor)}</Table.Summary.Cell>
                  <Table.Summary.Cell index={3} align="right">{whole.cac_minor != null ? f.money(whole.cac_minor) : '—'}</Table.Summary.Cell>
                  <Table.Summary.Cell index={4} align="right">{whole.reached_first != null ? `${f.number(Math.round(buyersOf(whole)))} · ${f.share(whole.reached_first, 0)}` : '—'}</Table.Summary.Cell>
                  <Table.Summary.Cell index={5} align="right">{costPerBuyer(whole) !== undefined ? f.money(costPerBuyer(whole)!) : '—'}</Table.Summary.Cell>
                  <Table.Summary.Cell index={6} align="right">{whole.orders_30 != null ? f.number(whole.orders_30) : '—'}</Table.Summary.Cell>
                  <Table.Summary.Cell index={7} colSpan={2} />
                </Table.Summary.Row>
              ) : null
            }
          />
        ) : (
          <ChannelCards rows={rows} whole={whole} menuOf={write ? menuOf : undefined} />
        )}
      </div>
      {may('acquisition.report') && (
        <p className="fp-foot-note fp-muted fp-small">
          {t('channels.how')}{' '}
          <Link to="/attribution" search={{ ...span }}>
            {t('menu.attribution')}
          </Link>
        </p>
      )}
      {editing && <ChannelDialog channel={editing} onClose={() => setEditing(undefined)} />}
      {adding !== undefined && <ChannelDialog parent={adding} onClose={() => setAdding(undefined)} />}
      {costing && <SpreadDialog channel={costing} onClose={() => setCosting(undefined)} />}
    </>
  );
}
