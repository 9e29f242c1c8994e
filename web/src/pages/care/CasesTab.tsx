import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, DatePicker, Input, Select, Space, Tag } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cases as api, words, type Case, type CaseQuery } from '../../api/care';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { CaseDrawer } from './CaseDrawer';
import { ComplaintDialog } from './ComplaintDialog';
import { SaidText } from './SaidText';
import { StaffCasesDialog } from './StaffCasesDialog';
import { Total } from './Total';
import { useCareSearch } from './useCareSearch';

const choices = {
  status: ['unclosed', 'open', 'taken', 'closed'],
  kind: ['word', 'complaint'],
  source: ['message', 'archive', 'stopped', 'mail', 'staff'],
} as const;
type Counts = Awaited<ReturnType<typeof api.counts>>;

/** What was said that somebody should look at, and who complains. */
export function CasesTab({ counts }: { counts?: Counts }) {
  const { t } = useTranslation();
  const may = useMay();
  const staff = useStaff();
  const { search, go } = useCareSearch('cases');
  const [complaint, setComplaint] = useState(false);
  const [perStaff, setPerStaff] = useState(false);
  const one = <K extends keyof typeof choices>(name: K) => (choices[name] as readonly string[]).find((v) => v === search[name]);
  const filter = {
    ...(search.q ? { q: search.q } : {}),
    ...Object.fromEntries((Object.keys(choices) as (keyof typeof choices)[]).flatMap((n) => (one(n) ? [[n, one(n)]] : []))),
    ...(search.list ? { list_id: search.list } : {}),
    ...(search.staff ? { staff_id: search.staff } : {}),
    ...(search.handler ? { handler_id: search.handler } : {}),
    ...(search.overdue ? { overdue: true } : {}),
    ...(search.from ? { from: search.from } : {}),
    ...(search.to ? { to: search.to } : {}),
  } as CaseQuery;
  const key = JSON.stringify(filter);
  const pages = usePages(key);
  const list = useQuery({
    queryKey: ['care', 'cases', key, pages.cursor],
    queryFn: () => api.list({ ...filter, limit: 20, cursor: pages.cursor }),
    placeholderData: (before) => before,
    refetchInterval: 15_000,
  });
  const lists = useQuery({ queryKey: ['care', 'lists'], queryFn: words.lists, staleTime: 30_000 });
  const items = list.data?.items ?? [];
  const active = useListKeys(items.length, (i) => go({ case: items[i]?.id }));
  const filtered = key !== '{}';
  const tab = (label: string, count: number | undefined, next: Record<string, string | undefined>, on: boolean) => (
    <Button key={label} size="small" type={on ? 'primary' : 'default'} aria-pressed={on} onClick={() => go({ status: undefined, handler: undefined, overdue: undefined, kind: undefined, ...next })}>
      {label}
      {count ? <span className="fp-num"> {count}</span> : null}
    </Button>
  );
  const select = (name: keyof typeof choices) => (
    <Select
      key={name}
      className="fp-filter"
      value={one(name) ?? ''}
      aria-label={t(`care.any.${name}`)}
      popupMatchSelectWidth={false}
      onChange={(v: string) => go({ [name]: v })}
      options={[{ value: '', label: t(`care.any.${name}`) }, ...choices[name].map((v) => ({ value: v as string, label: t(`care.${name}.${v}`) }))]}
    />
  );
  return (
    <>
      <div className="fp-toolbar">
        <Space wrap size={4}>
          {tab(t('care.cases.unclosed'), counts && counts.open + counts.taken, { status: 'unclosed' }, one('status') === 'unclosed' && !search.handler && !search.overdue && !search.kind)}
          {tab(t('care.cases.mine'), counts?.mine, { status: 'unclosed', handler: 'me' }, search.handler === 'me')}
          {tab(t('care.cases.complaints'), counts?.complaints, { status: 'unclosed', kind: 'complaint' }, search.kind === 'complaint')}
          {tab(t('care.cases.overdue'), counts?.overdue, { overdue: '1' }, Boolean(search.overdue))}
        </Space>
        <span className="fp-end">
          <Space wrap>
            <Button onClick={() => setPerStaff(true)}>{t('care.cases.perStaff')}</Button>
            {may('care.handle') && <ExportMenu address={(format) => api.exportAddress(filter, format)} />}
            {may('care.handle') && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setComplaint(true)}>
                {t('care.cases.enter')}
              </Button>
            )}
          </Space>
        </span>
      </div>
      <div className="fp-toolbar">
        <Input.Search key={search.q ?? ''} data-search className="fp-care-search" allowClear defaultValue={search.q} placeholder={t('care.search')} aria-label={t('care.search')} maxLength={100} onSearch={(q) => go({ q })} />
        {(Object.keys(choices) as (keyof typeof choices)[]).map(select)}
        <Select
          className="fp-filter"
          value={search.list ?? ''}
          aria-label={t('care.any.list')}
          popupMatchSelectWidth={false}
          onChange={(v: string) => go({ list: v })}
          options={[{ value: '', label: t('care.any.list') }, ...(lists.data?.items ?? []).map((l) => ({ value: l.id, label: l.name }))]}
        />
        <Select
          className="fp-filter"
          value={search.staff ?? ''}
          aria-label={t('care.any.staff')}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          onChange={(v: string) => go({ staff: v })}
          options={[{ value: '', label: t('care.any.staff') }, ...staff.list.map((s) => ({ value: s.id, label: s.name }))]}
        />
        <DatePicker.RangePicker
          value={[search.from ? dayjs(search.from) : null, search.to ? dayjs(search.to) : null]}
          allowEmpty={[true, true]}
          aria-label={t('care.days')}
          onChange={(v) => go({ from: v?.[0]?.format('YYYY-MM-DD'), to: v?.[1]?.format('YYYY-MM-DD') })}
        />
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : (
        <>
          <DataTable<Case>
            label={t('care.tab.cases')}
            minWidth={860}
            rowKey="id"
            dataSource={items}
            rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
            onRow={(c) => ({ onClick: () => go({ case: c.id }), className: 'fp-row-link' })}
            locale={{
              emptyText: filtered ? (
                <EmptyState
                  title={t('care.cases.emptyFiltered')}
                  action={
                    <Button onClick={() => go(Object.fromEntries(Object.keys(search).map((k) => [k, undefined])))}>{t('care.cases.clear')}</Button>
                  }
                />
              ) : (
                <EmptyState title={t('care.cases.empty')} text={t('care.cases.emptyText')} action={<Link to="/care" search={{ tab: 'words' }}>{t('care.tab.words')}</Link>} />
              ),
            }}
            columns={[
              {
                title: t('care.cases.what'),
                render: (_, c) => (
                  <>
                    <div className="fp-care-line">
                      <Tag color={c.kind === 'complaint' ? 'purple' : undefined}>{t(`care.kind.${c.kind}`)}</Tag>
                      {c.source === 'stopped' && <Tag color="red">{t('care.cases.stopped')}</Tag>}
                      <button type="button" className="fp-care-open" onClick={(e) => { e.stopPropagation(); go({ case: c.id }); }}>
                        <SaidText text={c.text} hits={c.hits} />
                      </button>
                    </div>
                  </>
                ),
              },
              { title: t('care.cases.who'), width: 130, render: (_, c) => (c.person_id ? <Link to="/customers/$personId" params={{ personId: c.person_id }} onClick={(e) => e.stopPropagation()}>{c.person_name || t('customer.nameless')}</Link> : <span className="fp-muted">{t('care.unknown')}</span>) },
              { title: t('care.cases.staff'), width: 110, render: (_, c) => c.staff_name || <span className="fp-muted">{t('care.nobody')}</span> },
              { title: t('care.cases.state'), width: 150, render: (_, c) => <CaseState of={c} /> },
              { title: t('care.cases.when'), width: 120, render: (_, c) => <TimeText at={c.occurred_at} /> },
            ]}
          />
          {items.length > 0 && <Pager pages={pages} next={list.data.next_cursor} note={<Total of={list.data.total} exact={list.data.total_exact} />} />}
        </>
      )}
      {search.case && <CaseDrawer id={search.case} onClose={() => go({ case: undefined })} />}
      {complaint && <ComplaintDialog onClose={() => setComplaint(false)} />}
      {perStaff && <StaffCasesDialog from={search.from} to={search.to} onClose={() => setPerStaff(false)} />}
    </>
  );
}

/** Where a case stands, in words as well as in colour. */
export function CaseState({ of: c }: { of: Case }) {
  const { t } = useTranslation();
  return (
    <>
      <span>{c.status === 'closed' && c.outcome ? t(`care.outcome.${c.outcome}`, { defaultValue: c.outcome }) : t(`care.status.${c.status}`)}</span>
      {c.handler_name && <span className="fp-muted"> · {c.handler_name}</span>}
      {c.overdue && <Tag color="red" className="fp-care-late">{t('care.cases.late')}</Tag>}
    </>
  );
}
