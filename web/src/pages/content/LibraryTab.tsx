import { AppstoreOutlined, DeleteOutlined, DownOutlined, PlusOutlined, UndoOutlined, UnorderedListOutlined, UploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Dropdown, Grid, Input, Segmented, Select, Space, TreeSelect } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type MaterialBrief } from '../../api/content';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import type { Search } from '../../app/search';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { Folders, tree, useFolders } from './Folders';
import { KindIcon, kinds } from './KindIcon';
import { MaterialCard, Validity } from './MaterialCard';
import { useBulkUpload, useRemove } from './useLibrary';

const pageSize = 24;
const states = ['valid', 'expired', 'deleted'] as const;
const sorts = { created: '-created_at', used: '-used', title: 'title' } as const;
type Sort = keyof typeof sorts;

export function LibraryTab({ search }: { search: Search }) {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const wide = Grid.useBreakpoint().md ?? true;
  const write = may('content.write');
  const q = search.q ?? '';
  const folder = search.folder ?? '';
  const kind = kinds.find((k) => k === search.kind);
  const state = states.find((s) => s === search.state);
  const sort: Sort = search.sort === 'used' || search.sort === 'title' ? search.sort : 'created';
  const list = search.view === 'list' && wide;
  const [cursors, setCursors] = useState<string[]>([]);
  useEffect(() => setCursors([]), [q, folder, kind, state, sort]);
  const cursor = cursors.at(-1);
  const found = useQuery({
    queryKey: ['content', 'list', q, folder, kind, state, sort, cursor],
    queryFn: () => content.list({ q: q || undefined, folder_id: folder || undefined, kind, state, sort: sorts[sort], limit: pageSize, cursor }),
    placeholderData: (before) => before,
  });
  const folders = useFolders();
  const remove = useRemove('material');
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['content'] });
  const restore = useMutation({ mutationFn: (id: string) => content.restore(id), onError: notify, onSuccess: refresh });
  const sample = useMutation({
    mutationFn: () => content.create({ kind: 'article', title: t('content.sampleTitle'), body: { html: t('content.sampleHtml') } }),
    onError: notify,
    onSuccess: async (m) => {
      await refresh();
      await navigate({ to: '/content/$materialId', params: { materialId: m.id }, search: {} });
    },
  });
  const bulk = useBulkUpload(folder);
  const input = useRef<HTMLInputElement>(null);
  const items = found.data?.items ?? [];
  const open = (m: MaterialBrief | undefined) => {
    if (m) void navigate({ to: '/content/$materialId', params: { materialId: m.id }, search: {} });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const go = (next: Search) => void navigate({ to: '/content', search: { ...search, ...next } });
  const filtered = q !== '' || kind !== undefined || state !== undefined || folder !== '';
  const empty = found.isSuccess && items.length === 0 && cursors.length === 0;
  const tools = (m: MaterialBrief) =>
    write &&
    (m.deleted_at ? (
      <Button size="small" type="text" icon={<UndoOutlined />} title={t('content.restore')} aria-label={t('content.restoreOf', { name: m.title })} onClick={() => restore.mutate(m.id)} />
    ) : (
      <Button size="small" type="text" icon={<DeleteOutlined />} title={t('common.delete')} aria-label={t('content.removeOf', { name: m.title })} onClick={() => remove.mutate(m)} />
    ));
  return (
    <div
      className="fp-content-library"
      onDragOver={(e) => write && e.preventDefault()}
      onDrop={(e) => {
        if (!write) return;
        e.preventDefault();
        void bulk.start([...e.dataTransfer.files]);
      }}
    >
      {wide && <Folders open={folder} onOpen={(id) => go({ folder: id })} />}
      <div className="fp-content-main">
        <div className="fp-toolbar">
          <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('content.search')} aria-label={t('content.search')} maxLength={60} onSearch={(text) => go({ q: text.trim() })} />
          {!wide && (
            <TreeSelect
              value={folder}
              aria-label={t('content.folders')}
              onChange={(id) => go({ folder: id })}
              treeDefaultExpandAll
              style={{ minWidth: 130 }}
              treeData={[{ value: '', title: t('content.allFolders') }, { value: 'root', title: t('content.rootFolder') }, ...tree(folders.data?.items ?? [])]}
            />
          )}
          <Select
            value={kind ?? ''}
            aria-label={t('content.kind')}
            onChange={(k) => go({ kind: k })}
            style={{ minWidth: 110 }}
            options={[{ value: '', label: t('content.allKinds') }, ...kinds.map((k) => ({ value: k, label: t(`content.kinds.${k}`) }))]}
          />
          <Select
            value={state ?? ''}
            aria-label={t('content.state')}
            onChange={(s) => go({ state: s })}
            style={{ minWidth: 110 }}
            options={[{ value: '', label: t('content.allStates') }, ...states.map((s) => ({ value: s, label: t(`content.states.${s}`) }))]}
          />
          <Select value={sort} aria-label={t('content.sort')} onChange={(s) => go({ sort: s })} style={{ minWidth: 96 }} options={(Object.keys(sorts) as Sort[]).map((s) => ({ value: s, label: t(`content.sorts.${s}`) }))} />
          {wide && (
            <Segmented
              aria-label={t('content.view')}
              value={list ? 'list' : 'grid'}
              onChange={(v) => go({ view: v })}
              options={[
                { value: 'grid', icon: <AppstoreOutlined />, title: t('content.grid') },
                { value: 'list', icon: <UnorderedListOutlined />, title: t('content.list') },
              ]}
            />
          )}
          {write && (
            <Space wrap>
              <input
                ref={input}
                type="file"
                multiple
                style={{ display: 'none' }}
                aria-label={t('content.upload')}
                onChange={(e) => {
                  void bulk.start([...(e.target.files ?? [])]);
                  e.target.value = '';
                }}
              />
              <Button icon={<UploadOutlined />} loading={bulk.progress !== undefined} onClick={() => input.current?.click()}>
                {bulk.progress ? t('content.uploading', bulk.progress) : t('content.upload')}
              </Button>
              <Dropdown
                trigger={['click']}
                menu={{ items: kinds.map((k) => ({ key: k, icon: <KindIcon kind={k} />, label: t(`content.kinds.${k}`), onClick: () => void navigate({ to: '/content/new', search: { kind: k, ...(folder && folder !== 'root' ? { folder } : {}) } }) })) }}
              >
                <Button type="primary" icon={<PlusOutlined />}>
                  {t('content.create')} <DownOutlined />
                </Button>
              </Dropdown>
            </Space>
          )}
        </div>
        <div className="fp-table-wrap" aria-busy={found.isFetching && found.isPlaceholderData}>
          {found.isError ? (
            <ProblemView error={found.error} onRetry={() => void found.refetch()} />
          ) : found.isPending ? (
            <Loading rows={8} />
          ) : empty ? (
            filtered ? (
              <EmptyState title={t('content.noneTitle')} text={t('content.noneText')} action={<Button onClick={() => void navigate({ to: '/content', search: {} })}>{t('content.clear')}</Button>} />
            ) : (
              <EmptyState
                title={t('content.emptyTitle')}
                text={t('content.emptyText')}
                action={
                  write && (
                    <Button type="primary" loading={sample.isPending} onClick={() => sample.mutate()}>
                      {t('content.sample')}
                    </Button>
                  )
                }
              />
            )
          ) : list ? (
            <DataTable<MaterialBrief>
              rowKey="id"
              label={t('content.tabs.library')}
              minWidth={760}
              dataSource={items}
              rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
              columns={[
                {
                  key: 'title',
                  title: t('content.titleField'),
                  render: (_, m) => (
                    <>
                      <KindIcon kind={m.kind} />{' '}
                      <Link to="/content/$materialId" params={{ materialId: m.id }} search={{}} className="fp-link-row">
                        {m.title}
                      </Link>{' '}
                      <Validity material={m} />
                    </>
                  ),
                },
                { key: 'kind', title: t('content.kind'), width: 100, render: (_, m) => t(`content.kinds.${m.kind}`) },
                { key: 'used', title: t('content.used'), width: 80, align: 'right', render: (_, m) => <span className="fp-num">{f.number(m.used)}</span> },
                { key: 'opens', title: t('content.opens'), width: 80, align: 'right', render: (_, m) => <b className="fp-num">{f.number(m.opens)}</b> },
                { key: 'visitors', title: t('content.visitors'), width: 80, align: 'right', render: (_, m) => <span className="fp-num">{f.number(m.visitors)}</span> },
                { key: 'updated', title: t('content.updated'), width: 130, render: (_, m) => <TimeText at={m.updated_at} /> },
                { key: 'tools', title: <span className="fp-hidden">{t('common.actions')}</span>, width: 56, align: 'right', render: (_, m) => tools(m) },
              ]}
            />
          ) : (
            <ul className="fp-content-grid">
              {items.map((m, i) => (
                <MaterialCard key={m.id} material={m} active={i === active} tools={tools(m)} />
              ))}
            </ul>
          )}
          {(cursors.length > 0 || found.data?.next_cursor) && (
            <div className="fp-pager">
              <Button size="small" disabled={cursors.length === 0} onClick={() => setCursors((c) => c.slice(0, -1))}>
                {t('common.previous')}
              </Button>
              <span className="fp-muted fp-num">{cursors.length + 1}</span>
              <Button size="small" disabled={!found.data?.next_cursor} onClick={() => setCursors((c) => [...c, found.data?.next_cursor ?? ''])}>
                {t('common.next')}
              </Button>
            </div>
          )}
        </div>
      </div>
    </div>
  );
}
