import { BarChartOutlined, CopyOutlined, DeleteOutlined, DownloadOutlined, PlusOutlined, SettingOutlined, TagOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { download, toCsv } from '../../lib/csv';
import { through } from '../../lib/sending';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { useUndo } from '../../ui/useUndo';
import { TimeText } from '../../ui/values';
import { CampaignStatus } from './CampaignStatus';
import { fromCampaign, toInput } from './draft';
import { useDuplicate } from './useDuplicate';
import './campaigns.css';

const route = getRouteApi('/shell/campaigns');
const statuses = ['draft', 'awaiting', 'planned', 'running', 'sending', 'paused', 'done', 'cancelled'] as const;

export function CampaignsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const undo = useUndo();
  const duplicate = useDuplicate();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const q = search.q ?? '';
  const status = statuses.find((s) => s === search.status);
  const pages = usePages(q, status);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['campaigns', q, status, cursor],
    queryFn: () => campaigns.list({ q: q || undefined, status, limit: 20, cursor }),
    placeholderData: (before) => before,
    refetchInterval: (query) => (query.state.data?.items?.some((c) => c.status === 'sending' || c.status === 'planned') ? 5000 : false),
  });
  const write = may('campaign.write');
  const open = (c: Campaign | undefined) => {
    if (c) void navigate({ to: '/campaigns/$campaignId', params: { campaignId: c.id }, search: {} });
  };
  const make = useMutation({
    mutationFn: () => campaigns.create({ name: t('campaigns.untitled'), purpose: 'marketing', account_ids: [], text: '' }),
    onError: notify,
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ['campaigns'] });
      open(made);
    },
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['campaigns'] });
  const remove = useMutation({
    // Read before: the list leaves out the pages, and undo must bring them back.
    mutationFn: async (c: Campaign) => {
      const whole = await campaigns.read(c.id);
      await campaigns.remove(c.id);
      return whole;
    },
    onError: notify,
    onSuccess: async (whole) => {
      await refresh();
      undo(`campaign-${whole.id}`, t('campaigns.removed', { name: whole.name }), () => campaigns.create(toInput(fromCampaign(whole, f.timeZone), f.timeZone)).then(refresh));
    },
  });
  const table = useMutation({
    mutationFn: async () => {
      const rows: (string | number)[][] = [(['name', 'status', 'segment', 'purpose', 'people', 'treated', 'heldOut', 'sent', 'delivered', 'clickers', 'start', 'created'] as const).map((k) => t(`campaigns.sheet.${k}`))];
      let next: string | undefined;
      do {
        const page = await campaigns.list({ q: q || undefined, status, limit: 100, cursor: next });
        for (const c of page.items ?? [])
          rows.push([c.name, t(`campaigns.statuses.${c.status}`), c.segment_name, t(`reach.purposes.${c.purpose}`), c.people, c.treated, c.held_out, c.progress?.sent ?? 0, c.progress?.delivered ?? 0, c.clickers, c.start_at ?? '', c.created_at]);
        next = page.next_cursor || undefined;
      } while (next);
      download('campaigns.csv', toCsv(rows));
    },
    onError: notify,
  });
  const items = list.data?.items ?? [];
  const active = useListKeys(items.length, (i) => open(items[i]));
  const go = (next: { q?: string; status?: string }) =>
    void navigate({ to: '/campaigns', search: { ...(next.q ? { q: next.q } : {}), ...(next.status ? { status: next.status } : {}) } });
  const filtered = q !== '' || status !== undefined;
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} loading={make.isPending} onClick={() => make.mutate()}>
      {t('campaigns.create')}
    </Button>
  );
  return (
    <div className="fp-page">
      <PageHeader title={t('campaigns.title')} note={t('campaigns.note')} extra={
          <>
            <Link to="/campaigns/control" search={{}}>
              <Button icon={<BarChartOutlined />}>{t('campaigns.quarter.short')}</Button>
            </Link>
            <Link to="/campaigns/coupons">
              <Button icon={<TagOutlined />}>{t('campaigns.coupons.title')}</Button>
            </Link>
            <Link to="/campaigns/settings">
              <Button icon={<SettingOutlined />}>{t('campaigns.settings.short')}</Button>
            </Link>
            {(!empty || filtered) && create}
          </>
        } />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : empty && !filtered ? (
        <div className="fp-table-wrap">
          <EmptyState title={t('campaigns.emptyTitle')} text={t('campaigns.emptyText')} action={create} />
        </div>
      ) : (
        <>
          <div className="fp-toolbar">
            <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('campaigns.search')} aria-label={t('campaigns.search')} maxLength={60} onSearch={(text) => go({ q: text.trim(), status })} />
            <Select
              value={status ?? ''}
              aria-label={t('campaigns.status')}
              onChange={(s) => go({ q, status: s })}
              style={{ minWidth: 130 }}
              options={[{ value: '', label: t('campaigns.allStatuses') }, ...statuses.map((s) => ({ value: s, label: t(`campaigns.statuses.${s}`) }))]}
            />
            <span className="fp-end">
              {!empty && (
                <Button icon={<DownloadOutlined />} loading={table.isPending} onClick={() => table.mutate()}>
                  {t('campaigns.export')}
                </Button>
              )}
            </span>
          </div>
          <div className="fp-table-wrap fp-click" aria-busy={list.isFetching && list.isPlaceholderData}>
            {empty ? (
              <EmptyState title={t('campaigns.noneTitle')} text={t('campaigns.noneText')} action={<Button onClick={() => go({})}>{t('customers.clear')}</Button>} />
            ) : list.isPending ? (
              <Loading rows={8} />
            ) : (
              <DataTable<Campaign>
                rowKey="id"
                label={t('campaigns.title')}
                minWidth={820}
                dataSource={items}
                {...rowEvents(active, open)}
                columns={[
                  {
                    key: 'name',
                    title: t('campaigns.name'),
                    render: (_, c) => (
                      <Link to="/campaigns/$campaignId" params={{ campaignId: c.id }} search={{}} className="fp-link-row">
                        {c.name}
                      </Link>
                    ),
                  },
                  { key: 'status', title: t('campaigns.status'), width: 140, render: (_, c) => (
                      <>
                        <CampaignStatus campaign={c} />
                        {c.kind === 'series' && c.next_at && <div className="fp-muted fp-small"><TimeText at={c.next_at} /></div>}
                        {c.status === 'sending' && c.progress && <span className="fp-muted fp-small fp-num"> {through(c.progress)}%</span>}
                      </>
                    ) },
                  { key: 'segment', title: t('campaigns.segment'), width: 160, ellipsis: true, render: (_, c) => c.segment_name || <span className="fp-muted">{t('campaigns.noSegment')}</span> },
                  { key: 'people', title: t('campaigns.people'), width: 100, align: 'right', render: (_, c) => <span className="fp-num">{c.people > 0 ? f.number(c.people) : '—'}</span> },
                  { key: 'sent', title: t('campaigns.sent'), width: 100, align: 'right', render: (_, c) => <span className="fp-num">{c.progress ? f.number(c.progress.sent) : '—'}</span> },
                  { key: 'changed', title: t('campaigns.changed'), width: 130, render: (_, c) => <TimeText at={c.changed_at} /> },
                  {
                    key: 'tools',
                    title: <span className="fp-hidden">{t('common.actions')}</span>,
                    width: 84,
                    align: 'right',
                    render: (_, c) =>
                      write && (
                        <Space size={2}>
                          <Button size="small" type="text" icon={<CopyOutlined />} title={t('campaigns.duplicate')} aria-label={t('campaigns.duplicateOf', { name: c.name })} onClick={() => duplicate.mutate(c.id)} />
                          {c.status === 'draft' && <Button size="small" type="text" icon={<DeleteOutlined />} title={t('common.delete')} aria-label={t('campaigns.removeOf', { name: c.name })} onClick={() => remove.mutate(c)} />}
                        </Space>
                      ),
                  },
                ]}
              />
            )}
            <Pager pages={pages} next={list.data?.next_cursor} />
          </div>
        </>
      )}
    </div>
  );
}
