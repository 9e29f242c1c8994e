import { FilterOutlined, PlusOutlined, SettingOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Badge, Button, Checkbox, Grid, Input, Popover, type TableProps } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons, tags as tagsApi } from '../../api/endpoints';
import type { PersonRow } from '../../api/types';
import { useMay } from '../../app/me';
import { store, stored } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { countFilters, sortable } from '../../lib/filters';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { useListKeys } from '../../ui/useListKeys';
import { BulkTags } from './BulkTags';
import { allColumns, buildColumns, defaultColumns, sortOf, type ColumnKey } from './columns';
import { CustomerCards } from './CustomerCards';
import { FilterChips } from './FilterChips';
import { FilterPanel } from './FilterPanel';
import { NewCustomer } from './NewCustomer';
import { SavedViews } from './SavedViews';
import { pageSize, useCustomers } from './useCustomers';
import './customers.css';

function storedColumns(): ColumnKey[] {
  const chosen = stored('fishpond.columns')?.split(',') ?? [];
  const known = allColumns.filter((c) => chosen.includes(c));
  return known.length > 0 ? known : [...defaultColumns];
}

export function CustomersPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const { filters, query, list, setFilters, page, next, previous } = useCustomers();
  const [panel, setPanel] = useState(false);
  const [creating, setCreating] = useState(false);
  const [columns, setColumns] = useState(storedColumns);
  const [chosen, setChosen] = useState<string[]>([]);
  const tagList = useQuery({ queryKey: ['tags'], queryFn: tagsApi.list });
  const staff = useStaff();
  const tags = tagList.data?.items ?? [];

  const rows = list.data?.items ?? [];
  const open = (p: PersonRow | undefined) => {
    if (p) void navigate({ to: '/customers/$personId', params: { personId: p.id } });
  };
  const active = useListKeys(rows.length, (i) => open(rows[i]));
  const built = useMemo(() => buildColumns(t, f.number, staff.nameOf), [t, f, staff]);
  const shown = allColumns
    .filter((c) => columns.includes(c))
    .map((c) => ({
      key: c,
      ...built[c],
      ...(sortOf[c]
        ? {
            sorter: true,
            sortOrder: filters.sort === sortOf[c] ? (filters.descending ? ('descend' as const) : ('ascend' as const)) : null,
          }
        : {}),
    }));
  const sorted: TableProps<PersonRow>['onChange'] = (_page, _filters, sorter) => {
    const one = Array.isArray(sorter) ? sorter[0] : sorter;
    const key = sortOf[one?.columnKey as ColumnKey];
    setFilters({ ...filters, sort: key ?? 'last_order_at', descending: key ? one?.order === 'descend' : true });
  };
  const count = countFilters(filters);
  const total = list.data?.total;
  const empty = list.isSuccess && rows.length === 0;

  const pager = (
    <div className="fp-table-foot">
      <span className="fp-muted fp-num" aria-live="polite">
        {total === undefined
          ? ''
          : list.data?.total_exact === false
            ? t('customers.totalMore', { count: total, number: f.number(total) })
            : t('customers.total', { count: total, number: f.number(total) })}
        {rows.length > 0 && ` · ${t('customers.rows', { from: (page - 1) * pageSize + 1, to: (page - 1) * pageSize + rows.length })}`}
      </span>
      <span className="fp-page-extra">
        <Button size="small" disabled={page === 1} onClick={previous}>
          {t('common.previous')}
        </Button>
        <Button size="small" disabled={!list.data?.next_cursor} onClick={next}>
          {t('common.next')}
        </Button>
      </span>
    </div>
  );

  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.customers')}
        extra={
          <>
            {may('pool.export') && <ExportMenu address={(format) => persons.exportAddress(format, query)} />}
            {may('pool.write') && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
                {t('customers.create')}
              </Button>
            )}
          </>
        }
      />
      <div className="fp-toolbar">
        <Input.Search
          key={filters.q ?? ''}
          className="fp-grow"
          allowClear
          defaultValue={filters.q}
          placeholder={t('search.placeholder')}
          aria-label={t('search.placeholder')}
          maxLength={200}
          onSearch={(text) => setFilters({ ...filters, q: text.trim() || undefined })}
        />
        <Badge count={count - (filters.q ? 1 : 0)} size="small" color="var(--fp-primary)">
          <Button icon={<FilterOutlined />} onClick={() => setPanel(!panel)} aria-expanded={panel}>
            {t('customers.filters')}
          </Button>
        </Badge>
        <SavedViews filters={filters} />
        {wide && (
          <Popover
            trigger="click"
            placement="bottomLeft"
            content={
              <Checkbox.Group
                className="fp-column-choice"
                value={columns}
                options={allColumns.map((c) => ({ value: c, label: String(built[c].title), disabled: c === 'name' }))}
                onChange={(next) => {
                  setColumns(next as ColumnKey[]);
                  store('fishpond.columns', next.join(','));
                }}
              />
            }
          >
            <Button icon={<SettingOutlined />}>{t('customers.columns')}</Button>
          </Popover>
        )}
        {chosen.length > 0 && (
          <span className="fp-end">
            <span className="fp-muted">{t('customers.chosen', { count: chosen.length })}</span>
            <BulkTags chosen={chosen} tags={tags} onDone={() => setChosen([])} />
            <Button type="text" onClick={() => setChosen([])}>
              {t('customers.unchoose')}
            </Button>
          </span>
        )}
      </div>
      {panel && <FilterPanel filters={filters} tags={tags} staff={staff.list} onApply={setFilters} />}
      <FilterChips filters={filters} tags={tags} staff={staff.list} onChange={setFilters} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap fp-click" aria-busy={list.isFetching}>
          {empty ? (
            count > 0 ? (
              <EmptyState
                title={t('customers.noneTitle')}
                text={t('customers.noneText')}
                action={<Button onClick={() => setFilters({ sort: filters.sort, descending: filters.descending })}>{t('customers.clear')}</Button>}
              />
            ) : (
              <EmptyState
                title={t('customers.emptyTitle')}
                text={t('customers.emptyText')}
                action={
                  may('import.run') && (
                    <Link to="/imports">
                      <Button type="primary">{t('overview.emptyGo')}</Button>
                    </Link>
                  )
                }
              />
            )
          ) : wide ? (
            <DataTable<PersonRow>
              rowKey="id"
              columns={shown}
              dataSource={rows}
              loading={list.isPending}
              label={t('menu.customers')}
              minWidth={shown.reduce((sum, c) => sum + Number(c.width ?? 120), 40)}
              onChange={sorted}
              rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
              rowSelection={
                may('pool.write') ? { selectedRowKeys: chosen, onChange: (keys) => setChosen(keys as string[]), preserveSelectedRowKeys: true } : undefined
              }
              onRow={(p) => ({
                onClick: (e) => {
                  // Links, boxes and chosen text keep their own meaning.
                  if ((e.target as HTMLElement).closest('a, button, label, input, .ant-table-selection-column')) return;
                  if (getSelection()?.toString()) return;
                  open(p);
                },
              })}
            />
          ) : (
            <CustomerCards
              rows={rows}
              loading={list.isPending}
              sort={filters.sort}
              descending={filters.descending}
              sorts={sortable}
              onSort={(sort, descending) => setFilters({ ...filters, sort, descending })}
            />
          )}
          {!empty && pager}
        </div>
      )}
      {creating && <NewCustomer onClose={() => setCreating(false)} />}
    </div>
  );
}
