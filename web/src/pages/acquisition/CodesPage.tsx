import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codes as api, type Code } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { ChannelSelect } from './ChannelSelect';
import { CodeState, DutyText, TodayText } from './CodeParts';
import { PathText } from './PathText';
import { QrDialog, QrThumb } from './QrDialog';
import { useAccounts } from './useAccounts';
import './acquisition.css';

const route = getRouteApi('/shell/codes');
const pageSize = 20;
const statuses = ['active', 'paused', 'ended'] as const;

/** Live codes: who greets the next customer of each, and what is wrong. */
export function CodesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const { q = '', channel = '', account = '' } = search;
  const kind = search.kind === 'staff' || search.kind === 'group' || search.kind === 'service' ? search.kind : '';
  const status = statuses.find((s) => s === search.status) ?? '';
  const pages = usePages(q, channel, account, kind, status);
  const [looking, setLooking] = useState<Code>();
  const accounts = useAccounts();
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['codes', q, channel, account, kind, status, cursor],
    queryFn: () => api.list({ q: q || undefined, channel_id: channel || undefined, account_id: account || undefined, kind: kind || undefined, status: status || undefined, limit: pageSize, cursor }),
    placeholderData: (before) => before,
    refetchInterval: 15_000, // who is on duty and how many came changes by itself
  });
  const items = list.data?.items ?? [];
  const filtered = Boolean(q || channel || account || kind || status);
  const go = (next: Record<string, string>) =>
    void navigate({ to: '/codes', search: Object.fromEntries(Object.entries({ q, channel, account, kind, status, ...next }).filter(([, v]) => v)) });
  const open = (c: Code | undefined) => {
    if (c) void navigate({ to: '/codes/$codeId', params: { codeId: c.id }, search: {} });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const create = may('acquisition.write') && (
    <Link to="/codes/new" search={channel ? { channel } : {}}>
      <Button type="primary" icon={<PlusOutlined />}>
        {t('codes.create')}
      </Button>
    </Link>
  );
  const warnings = (c: Code) => c.warnings.map((w) => <div key={w} className={`fp-small ${c.health === 'critical' ? 'fp-no' : 'fp-warn'}`}>{w}</div>);

  return (
    <div className="fp-page">
      <PageHeader title={t('menu.codes')} note={t('codes.note')} extra={create} />
      <div className="fp-toolbar">
        <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('codes.search')} aria-label={t('codes.search')} maxLength={60} onSearch={(text) => go({ q: text.trim() })} />
        <ChannelSelect className="fp-filter" value={channel} onChange={(v) => go({ channel: v })} label={t('catch.channel')} />
        {accounts.list.length > 1 && (
          <Select value={account} aria-label={t('codes.account')} popupMatchSelectWidth={false} onChange={(v) => go({ account: v })} options={[{ value: '', label: t('codes.anyAccount') }, ...accounts.list.map((a) => ({ value: a.id, label: a.name }))]} />
        )}
        <Select value={kind} aria-label={t('codes.kind')} popupMatchSelectWidth={false} onChange={(v: string) => go({ kind: v })} options={['', 'staff', 'group', 'service'].map((k) => ({ value: k, label: t(k ? `codes.kinds.${k}` : 'codes.anyKind') }))} />
        <Select value={status} aria-label={t('codes.status')} popupMatchSelectWidth={false} onChange={(v: string) => go({ status: v })} options={['', ...statuses].map((s) => ({ value: s, label: t(s ? `codes.state.${s}` : 'codes.anyStatus') }))} />
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className={`fp-table-wrap${wide ? ' fp-click' : ''}`} aria-busy={list.isFetching && list.isPlaceholderData}>
          {list.isSuccess && items.length === 0 ? (
            filtered ? (
              <EmptyState title={t('codes.noneTitle')} text={t('codes.noneText')} action={<Button onClick={() => void navigate({ to: '/codes', search: {} })}>{t('customers.clear')}</Button>} />
            ) : (
              <EmptyState title={t('codes.emptyTitle')} text={t('codes.emptyText')} action={create} />
            )
          ) : wide ? (
            <DataTable<Code>
              rowKey="id"
              label={t('menu.codes')}
              minWidth={900}
              loading={list.isPending}
              dataSource={items}
              {...rowEvents(active, open)}
              columns={[
                { key: 'qr', title: <span className="fp-hidden">{t('qr.picture')}</span>, width: 58, render: (_, c) => <QrThumb kind="codes" id={c.id} name={c.name} onClick={() => setLooking(c)} /> },
                {
                  key: 'name',
                  title: t('codes.name'),
                  render: (_, c) => (
                    <>
                      <Link to="/codes/$codeId" params={{ codeId: c.id }} search={{}} className="fp-link-row">
                        {c.name}
                      </Link>
                      {c.kind !== 'staff' && <span className="fp-muted fp-small"> {t(`codes.kinds.${c.kind}`)}</span>}
                      {warnings(c)}
                    </>
                  ),
                },
                { key: 'channel', title: t('catch.channel'), width: 200, render: (_, c) => <PathText path={c.channel_path} /> },
                { key: 'duty', title: t('codes.onDuty'), width: 180, render: (_, c) => <DutyText code={c} /> },
                { key: 'today', title: t('codes.today'), width: 96, align: 'right', render: (_, c) => <TodayText code={c} /> },
                { key: 'state', title: t('codes.status'), width: 116, render: (_, c) => <CodeState code={c} /> },
              ]}
            />
          ) : list.isPending ? (
            <Loading rows={8} />
          ) : (
            <ul className="fp-cat-cards">
              {items.map((c) => (
                <li key={c.id}>
                  <div className="fp-cat-card fp-code-card">
                    <QrThumb kind="codes" id={c.id} name={c.name} size={52} onClick={() => setLooking(c)} />
                    <div>
                      <span className="fp-card-line">
                        <Link to="/codes/$codeId" params={{ codeId: c.id }} search={{}} className="fp-link-row">
                          {c.name}
                        </Link>
                        <CodeState code={c} />
                      </span>
                      <span className="fp-small">
                        <PathText path={c.channel_path} />
                      </span>
                      <span className="fp-card-line fp-small">
                        <DutyText code={c} />
                        <TodayText code={c} />
                      </span>
                      {warnings(c)}
                    </div>
                  </div>
                </li>
              ))}
            </ul>
          )}
          {items.length > 0 && (
            <Pager pages={pages} next={list.data?.next_cursor} note={list.data && t('codes.total', { count: list.data.total, number: f.number(list.data.total) })} />
          )}
        </div>
      )}
      {looking && <QrDialog kind="codes" id={looking.id} name={looking.name} url={looking.page_url} onClose={() => setLooking(undefined)} />}
    </div>
  );
}
