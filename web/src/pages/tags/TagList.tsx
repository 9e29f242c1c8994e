import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AutoComplete, Button, Form, Input, Modal, Popconfirm, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { tags } from '../../api/endpoints';
import type { Tag } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { TagChip } from '../../ui/values';

/** Colours that can be told apart on both looks. */
const colors = ['#0b6169', '#4689c8', '#7a63b8', '#b4527e', '#c8693a', '#cf8d33', '#5c8f3d', '#7d8a8d'];

interface Fields {
  name: string;
  group: string;
  color: string;
}

export function TagList() {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const [editing, setEditing] = useState<Tag | 'new'>();
  const list = useQuery({ queryKey: ['tags'], queryFn: tags.list });
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ['tags'] });
    await queryClient.invalidateQueries({ queryKey: ['persons'], refetchType: 'none' });
  };
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const body = { name: v.name.trim(), group: (v.group ?? '').trim(), color: v.color };
      return editing && editing !== 'new' ? tags.update(editing.id, body) : tags.create(body);
    },
    onSuccess: () => {
      setEditing(undefined);
      return refresh();
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const remove = useMutation({ mutationFn: (tag: Tag) => tags.remove(tag.id), onSuccess: refresh, onError: notify });
  const edit = (tag: Tag | 'new') => {
    form.setFieldsValue(tag === 'new' ? { name: '', group: '', color: colors[0] } : tag);
    setEditing(tag);
  };
  const items = [...(list.data?.items ?? [])].sort((a, b) => a.group.localeCompare(b.group) || a.name.localeCompare(b.name));
  const groups = [...new Set(items.map((x) => x.group).filter(Boolean))];

  return (
    <>
      <div className="fp-toolbar">
        <Button type="primary" icon={<PlusOutlined />} onClick={() => edit('new')}>
          {t('tags.create')}
        </Button>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<Tag>
            rowKey="id"
            loading={list.isPending}
            dataSource={items}
            label={t('field.tags')}
            minWidth={520}
            locale={{ emptyText: <EmptyState title={t('tags.emptyTitle')} text={t('tags.emptyText')} /> }}
            columns={[
              { title: t('tags.name'), render: (_, x) => <TagChip tag={x} /> },
              { title: t('tags.group'), dataIndex: 'group', render: (g: string) => g || <span className="fp-muted">—</span> },
              {
                title: t('tags.count'),
                align: 'right',
                width: 120,
                render: (_, x) => (
                  <Link to="/customers" search={{ tag: x.id }} className="fp-num">
                    {f.number(x.count ?? 0)}
                  </Link>
                ),
              },
              {
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 100,
                align: 'right',
                render: (_, x) => (
                  <>
                    <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('tags.edit', { name: x.name })} onClick={() => edit(x)} />
                    <Popconfirm
                      title={t('tags.removeAsk', { name: x.name })}
                      description={t('tags.removeWhat', { count: x.count ?? 0 })}
                      okText={t('common.delete')}
                      okButtonProps={{ danger: true }}
                      onConfirm={() => remove.mutateAsync(x).catch(() => {})}
                    >
                      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('tags.remove', { name: x.name })} />
                    </Popconfirm>
                  </>
                ),
              },
            ]}
          />
        </div>
      )}
      <Modal
        forceRender
        open={editing !== undefined}
        title={editing === 'new' ? t('tags.create') : t('tags.editTitle')}
        onCancel={() => setEditing(undefined)}
        okText={t('common.save')}
        okButtonProps={{ loading: save.isPending }}
        onOk={form.submit}
      >
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
          <Form.Item name="name" label={t('tags.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={40} />
          </Form.Item>
          <Form.Item name="group" label={t('tags.group')} extra={t('tags.groupHelp')}>
            <AutoComplete options={groups.map((g) => ({ value: g }))} maxLength={40} />
          </Form.Item>
          <Form.Item name="color" label={t('tags.color')}>
            <Radio.Group>
              {colors.map((c, i) => (
                <Radio key={c} value={c} aria-label={t('tags.colorNumber', { number: i + 1 })}>
                  <i className="fp-swatch" style={{ background: c }} />
                </Radio>
              ))}
            </Radio.Group>
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}
