import { BarChartOutlined, FilterOutlined, SearchOutlined, SettingOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Badge, Button, Checkbox, Input, Popover, Segmented, Select, Tooltip, type InputRef } from 'antd';
import { useCallback, useEffect, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { ListFilter, Tab } from '../../api/inbox';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { AwaySwitch } from './AwaySwitch';
import { ConversationRow } from './ConversationRow';
import { SearchResults } from './SearchResults';
import { statuses, tabs, type InboxSearch } from './search';
import { useInbox, useInboxStore, useNow } from './state/useInbox';
import { useTeams } from './useTeams';
import { VirtualList } from './VirtualList';

const rowHeight = 78;

interface Props {
  filter: ListFilter;
  search: InboxSearch;
  go: (change: Partial<InboxSearch>, push?: boolean) => void;
  marked: string | undefined;
  onOpen: (id: string) => void;
  searchField: RefObject<InputRef | null>;
}

/** Whose conversations are listed, and which. */
export function ListPane({ filter, search, go, marked, onOpen, searchField }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const counts = useInbox((s) => s.counts);
  const count = (tab: Tab) => (counts ? (counts[tab] >= 10_000 ? '10,000+' : counts[tab]) : '');
  const filtered = [search.status, search.account, search.staff, search.team, search.archive, search.waiting, search.sort].filter(Boolean).length;
  return (
    <section className="fp-inbox-list" aria-label={t('inbox.list')}>
      <header>
        <div className="fp-inbox-line">
          <h1>{t('inbox.title')}</h1>
          <AwaySwitch />
          <Tooltip title={t('inbox.measures.title')}>
            <Link to="/inbox/measures" search={{}} aria-label={t('inbox.measures.title')}>
              <Button size="small" type="text" icon={<BarChartOutlined />} tabIndex={-1} aria-hidden="true" />
            </Link>
          </Tooltip>
          <Tooltip title={t('inbox.settings.title')}>
            <Link to="/inbox/settings" search={{}} aria-label={t('inbox.settings.title')}>
              <Button size="small" type="text" icon={<SettingOutlined />} tabIndex={-1} aria-hidden="true" />
            </Link>
          </Tooltip>
        </div>
        <Segmented<Tab>
          block
          size="small"
          value={filter.tab}
          onChange={(tab) => go({ tab: tab === 'mine' ? undefined : tab, q: undefined })}
          aria-label={t('inbox.whose')}
          options={tabs.map((tab) => ({
            value: tab,
            label: (
              <span data-tab={tab}>
                {t(`inbox.tab.${tab}`)} <span className="fp-num">{count(tab)}</span>
              </span>
            ),
          }))}
        />
        <div className="fp-inbox-line">
          <SearchField search={search} go={go} field={searchField} />
          <Popover trigger="click" placement="bottomRight" content={<Filters search={search} go={go} />} destroyOnHidden>
            <Badge count={filtered} size="small" color="var(--fp-primary)">
              <Button size="small" icon={<FilterOutlined />} aria-label={filtered ? t('inbox.filtersOn', { count: filtered }) : t('inbox.filters')} />
            </Badge>
          </Popover>
        </div>
      </header>
      {search.q ? <SearchResults q={search.q} account={filter.account_id} open={search.m} go={go} /> : <Conversations filter={filter} search={search} go={go} marked={marked} onOpen={onOpen} connect={may('carrier.write')} />}
    </section>
  );
}

function SearchField({ search, go, field }: { search: InboxSearch; go: Props['go']; field: RefObject<InputRef | null> }) {
  const { t } = useTranslation();
  const [text, setText] = useState(search.q ?? '');
  useEffect(() => setText(search.q ?? ''), [search.q]);
  useEffect(() => {
    const q = text.trim();
    if (q === (search.q ?? '')) return;
    const timer = setTimeout(() => go({ q: q || undefined, m: q ? search.m : undefined }), 300);
    return () => clearTimeout(timer);
  }, [text, search.q, search.m, go]);
  return (
    <Input
      ref={field}
      size="small"
      allowClear
      prefix={<SearchOutlined aria-hidden="true" />}
      placeholder={t('inbox.searchMessages')}
      aria-label={t('inbox.searchMessages')}
      maxLength={200}
      value={text}
      onChange={(e) => setText(e.target.value)}
      onKeyDown={(e) => {
        if (e.key !== 'Escape') return;
        setText('');
        e.currentTarget.blur();
      }}
    />
  );
}

function Filters({ search, go }: { search: InboxSearch; go: Props['go'] }) {
  const { t } = useTranslation();
  const staff = useStaff();
  const teams = useTeams();
  const accounts = useQuery({ queryKey: ['accounts', 'names'], queryFn: carriers.list, staleTime: 60_000 });
  return (
    <div className="fp-inbox-filters">
      <Select
        allowClear
        aria-label={t('inbox.filterAccount')}
        placeholder={t('inbox.anyAccount')}
        value={search.account}
        onChange={(account?: string) => go({ account })}
        options={(accounts.data?.items ?? []).map((a) => ({ value: a.id, label: a.name }))}
      />
      <Select
        allowClear
        aria-label={t('inbox.filterStaff')}
        placeholder={t('inbox.anyStaff')}
        disabled={!search.tab || search.tab === 'mine'}
        value={search.staff}
        onChange={(id?: string) => go({ staff: id })}
        options={staff.list.map((s) => ({ value: s.id, label: s.name }))}
      />
      {(teams.length > 0 || search.team) && (
        <Select
          allowClear
          aria-label={t('inbox.filterTeam')}
          placeholder={t('inbox.anyTeam')}
          value={search.team}
          onChange={(team?: string) => go({ team })}
          options={[{ value: 'mine', label: t('inbox.myTeams') }, ...teams.map((x) => ({ value: x.id, label: x.name }))]}
        />
      )}
      <Select
        aria-label={t('inbox.filterStatus')}
        value={search.status ?? 'active'}
        onChange={(status: string) => go({ status: status === 'active' ? undefined : status })}
        options={statuses.map((s) => ({ value: s, label: t(`inbox.status.${s}`) }))}
      />
      <Select
        aria-label={t('inbox.archive.filter')}
        value={search.archive ?? 'with'}
        onChange={(archive: string) => go({ archive: archive === 'with' ? undefined : archive })}
        options={['with', 'without', 'only'].map((a) => ({ value: a, label: t(`inbox.archive.${a}`) }))}
      />
      <Select
        aria-label={t('inbox.sortBy')}
        value={search.sort ?? 'recent'}
        onChange={(sort: string) => go({ sort: sort === 'recent' ? undefined : sort })}
        options={['recent', 'waiting'].map((s) => ({ value: s, label: t(`inbox.sort.${s}`) }))}
      />
      <Checkbox checked={search.waiting === '1'} onChange={(e) => go({ waiting: e.target.checked ? '1' : undefined })}>
        {t('inbox.onlyWaiting')}
      </Checkbox>
      <Button size="small" onClick={() => go({ account: undefined, staff: undefined, team: undefined, archive: undefined, status: undefined, sort: undefined, waiting: undefined })}>
        {t('inbox.clearFilters')}
      </Button>
    </div>
  );
}

function Conversations({ filter, search, go, marked, onOpen, connect }: Omit<Props, 'searchField'> & { connect: boolean }) {
  const { t } = useTranslation();
  const store = useInboxStore();
  const list = useInbox((s) => s.list);
  const now = useNow(20_000);
  const more = useCallback(() => void store.loadMore(), [store]);
  const href = (id: string) => `/inbox?${new URLSearchParams({ ...(search as Record<string, string>), c: id })}`;
  if (list.status === 'failed')
    return (
      <div className="fp-inbox-pad">
        <ProblemView error={list.error} onRetry={() => void store.load(filter, true)} />
      </div>
    );
  if (list.status === 'loading') return <Loading rows={8} />;
  if (list.ids.length === 0) return <Nothing filter={filter} search={search} go={go} connect={connect} />;
  return (
    <VirtualList
      ids={list.ids}
      rowHeight={rowHeight}
      label={t(`inbox.tab.${filter.tab}`)}
      about={list.key}
      show={marked ? list.ids.indexOf(marked) : -1}
      more={list.next !== ''}
      onEnd={more}
      row={(id) => <ConversationRow id={id} href={href(id)} open={id === search.c} marked={id === marked} now={now} onOpen={onOpen} />}
      foot={list.loadingMore && <p className="fp-muted fp-inbox-pad">{t('common.loading')}</p>}
    />
  );
}

/** An empty list says why, and where there is something to do. */
function Nothing({ filter, search, go, connect }: { filter: ListFilter; search: InboxSearch; go: Props['go']; connect: boolean }) {
  const { t } = useTranslation();
  const counts = useInbox((s) => s.counts);
  const narrowed = Boolean(search.account || search.staff || search.team || search.archive || search.waiting || search.status || search.sort);
  const accounts = useQuery({ queryKey: ['accounts', 'names'], queryFn: carriers.list, staleTime: 60_000, enabled: counts?.all === 0 });
  if (narrowed)
    return (
      <EmptyState
        title={t('inbox.empty.filtered')}
        action={<Button onClick={() => go({ account: undefined, staff: undefined, team: undefined, archive: undefined, status: undefined, sort: undefined, waiting: undefined })}>{t('inbox.clearFilters')}</Button>}
      />
    );
  if (counts?.all === 0 && accounts.data?.items.length === 0)
    return (
      <EmptyState
        title={t('inbox.empty.noAccount')}
        text={t('inbox.empty.noAccountText')}
        action={
          connect && (
            <Link to="/accounts/connect" search={{}}>
              <Button type="primary">{t('inbox.empty.connect')}</Button>
            </Link>
          )
        }
      />
    );
  if (filter.tab === 'mine' && counts && counts.unassigned > 0)
    return (
      <EmptyState
        title={t('inbox.empty.mine')}
        text={t('inbox.empty.othersWait', { count: counts.unassigned })}
        action={
          <Button type="primary" onClick={() => go({ tab: 'unassigned' })}>
            {t('inbox.empty.seeUnassigned')}
          </Button>
        }
      />
    );
  return <EmptyState title={t(`inbox.empty.${filter.tab}`)} text={t('inbox.empty.text')} />;
}
