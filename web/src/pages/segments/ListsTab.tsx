import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Input, Modal, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { lists } from '../../api/endpoints';
import type { PersonList } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { ListDrawer } from './ListDrawer';

/** Lists made by hand: who is on one stays on it until somebody takes them off. */
export function ListsTab() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const write = may('segment.write');
  const [naming, setNaming] = useState<PersonList | 'new'>();
  const [name, setName] = useState('');
  const [refused, setRefused] = useState('');
  const [openId, setOpenId] = useState<string>();
  const list = useQuery({ queryKey: ['lists'], queryFn: () => lists.list() });
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ['lists'] });
    await queryClient.invalidateQueries({ queryKey: ['segment-vocabulary'] });
  };
  const save = useMutation({
    mutationFn: () => (naming && naming !== 'new' ? lists.rename(naming.id, name.trim()) : lists.create(name.trim())),
    onSuccess: async (done) => {
      const created = naming === 'new';
      setNaming(undefined);
      await refresh();
      if (created) setOpenId(done.id); // an empty list wants people
    },
    onError: (e) => {
      const field = asProblem(e).fields.find((x) => x.location === 'body.name');
      if (field) setRefused(field.message);
      else notify(e);
    },
  });
  const remove = useMutation({ mutationFn: (l: PersonList) => lists.remove(l.id), onSuccess: refresh, onError: notify });
  const start = (l: PersonList | 'new') => {
    setName(l === 'new' ? '' : l.name);
    setRefused('');
    setNaming(l);
  };
  const items = list.data?.items ?? [];
  const opened = items.find((l) => l.id === openId);
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      {write && (
        <div className="fp-toolbar">
          <Button icon={<PlusOutlined />} onClick={() => start('new')}>
            {t('lists.create')}
          </Button>
          <span className="fp-muted fp-small">{t('lists.note')}</span>
        </div>
      )}
      <div className="fp-table-wrap">
        <DataTable<PersonList>
          rowKey="id"
          label={t('segments.tabLists')}
          minWidth={560}
          loading={list.isPending}
          dataSource={items}
          locale={{ emptyText: <EmptyState title={t('lists.emptyTitle')} text={t('lists.emptyText')} /> }}
          columns={[
            {
              title: t('segments.name'),
              render: (_, l) => (
                <Button type="link" className="fp-seg-link" onClick={() => setOpenId(l.id)}>
                  {l.name}
                </Button>
              ),
            },
            { title: t('segments.size'), width: 110, align: 'right', className: 'fp-num', render: (_, l) => f.number(l.size) },
            {
              title: t('segments.usedBy'),
              render: (_, l) =>
                l.used_by.length > 0
                  ? l.used_by.map((s, i) => (
                      <span key={s.id}>
                        {i > 0 && t('common.listSeparator')}
                        <Link to="/segments/$segmentId" params={{ segmentId: s.id }} search={{}}>
                          {s.name}
                        </Link>
                      </span>
                    ))
                  : <span className="fp-muted">—</span>,
            },
            { title: t('segments.updated'), width: 120, render: (_, l) => <TimeText at={l.updated_at ?? l.created_at} /> },
            {
              title: <span className="fp-hidden">{t('common.actions')}</span>,
              width: 100,
              align: 'right',
              render: (_, l) =>
                write && (
                  <>
                    <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('lists.renameOf', { name: l.name })} onClick={() => start(l)} />
                    <Popconfirm
                      title={t('lists.removeAsk', { name: l.name })}
                      description={t('lists.removeWhat', { count: l.size })}
                      okText={t('common.delete')}
                      okButtonProps={{ danger: true }}
                      disabled={l.used_by.length > 0}
                      onConfirm={() => remove.mutateAsync(l).catch(() => {})}
                    >
                      <Button
                        disabled={l.used_by.length > 0}
                        title={l.used_by[0] && t('segments.usedCannot', { name: l.used_by[0].name })}
                        size="small"
                        type="text" icon={<DeleteOutlined />} aria-label={t('segments.removePart', { name: l.name })} />
                    </Popconfirm>
                  </>
                ),
            },
          ]}
        />
      </div>
      <Modal
        open={naming !== undefined}
        title={naming === 'new' ? t('lists.create') : t('lists.rename')}
        okText={t('common.save')}
        okButtonProps={{ disabled: name.trim() === '', loading: save.isPending }}
        onOk={() => save.mutate()}
        onCancel={() => setNaming(undefined)}
      >
        <label className="fp-stack-label">
          {t('segments.name')}
          <Input value={name} maxLength={60} autoFocus status={refused ? 'error' : undefined} onChange={(e) => setName(e.target.value)} onPressEnter={() => name.trim() && save.mutate()} />
        </label>
        {refused && (
          <span className="fp-no fp-small" role="alert">
            {refused}
          </span>
        )}
      </Modal>
      {opened && <ListDrawer list={opened} write={write} onClose={() => setOpenId(undefined)} onChanged={refresh} />}
    </>
  );
}
