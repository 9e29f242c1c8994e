import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { traits } from '../../api/endpoints';
import type { Trait, TraitType } from '../../api/types';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

const types: TraitType[] = ['text', 'number', 'date', 'boolean', 'list'];

interface Fields {
  key: string;
  label: string;
  type: TraitType;
  options?: string[];
}

export function TraitList() {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const [editing, setEditing] = useState<Trait | 'new'>();
  const type = Form.useWatch('type', form);
  const list = useQuery({ queryKey: ['traits'], queryFn: traits.list });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['traits'] });
  const save = useMutation({
    mutationFn: (v: Fields) =>
      editing && editing !== 'new'
        ? traits.update(editing.key, { label: v.label.trim(), options: v.options ?? [] })
        : traits.create({ key: v.key.trim(), label: v.label.trim(), type: v.type, options: v.options ?? [] }),
    onSuccess: () => {
      setEditing(undefined);
      return refresh();
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const remove = useMutation({ mutationFn: (x: Trait) => traits.remove(x.key), onSuccess: refresh, onError: notify });
  const edit = (x: Trait | 'new') => {
    form.setFieldsValue(x === 'new' ? { key: '', label: '', type: 'text', options: [] } : x);
    setEditing(x);
  };
  return (
    <>
      <div className="fp-toolbar">
        <Button type="primary" icon={<PlusOutlined />} onClick={() => edit('new')}>
          {t('traits.create')}
        </Button>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<Trait>
            rowKey="key"
            loading={list.isPending}
            dataSource={list.data?.items ?? []}
            label={t('customer.traits')}
            minWidth={640}
            locale={{ emptyText: <EmptyState title={t('traits.emptyTitle')} text={t('traits.emptyText')} /> }}
            columns={[
              { title: t('traits.label'), dataIndex: 'label' },
              { title: t('traits.key'), dataIndex: 'key', render: (k: string) => <code>{k}</code> },
              { title: t('traits.type'), dataIndex: 'type', render: (x: TraitType) => t(`traits.type_${x}`) },
              { title: t('traits.options'), render: (_, x) => (x.options ?? []).join(t('common.listSeparator')) || <span className="fp-muted">—</span> },
              { title: t('traits.created'), width: 120, render: (_, x) => <TimeText at={x.created_at} /> },
              {
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 100,
                align: 'right',
                render: (_, x) => (
                  <>
                    <Button size="small" type="text" icon={<EditOutlined />} aria-label={t('tags.edit', { name: x.label })} onClick={() => edit(x)} />
                    <Popconfirm
                      title={t('traits.removeAsk', { name: x.label })}
                      description={t('traits.removeWhat')}
                      okText={t('common.delete')}
                      okButtonProps={{ danger: true }}
                      onConfirm={() => remove.mutateAsync(x).catch(() => {})}
                    >
                      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('tags.remove', { name: x.label })} />
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
        title={editing === 'new' ? t('traits.create') : t('traits.editTitle')}
        onCancel={() => setEditing(undefined)}
        okText={t('common.save')}
        okButtonProps={{ loading: save.isPending }}
        onOk={form.submit}
      >
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => save.mutate(v)}>
          <Form.Item name="label" label={t('traits.label')} extra={t('traits.labelHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={60} />
          </Form.Item>
          <Form.Item
            name="key"
            label={t('traits.key')}
            extra={t('traits.keyHelp')}
            rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,39}$/, message: t('traits.keyWrong') }]}
          >
            <Input disabled={editing !== 'new'} maxLength={40} />
          </Form.Item>
          <Form.Item name="type" label={t('traits.type')} extra={t('traits.typeHelp')}>
            <Select disabled={editing !== 'new'} options={types.map((x) => ({ value: x, label: t(`traits.type_${x}`) }))} />
          </Form.Item>
          {(type === 'list' || type === 'text') && (
            <Form.Item name="options" label={t('traits.options')} extra={`${t('traits.optionsHelp')}${type === 'text' ? t('traits.optionsFree') : ''}`} rules={type === 'list' ? [{ required: true, message: t('field.required') }] : []}>
              <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', '、']} />
            </Form.Item>
          )}
        </Form>
      </Modal>
    </>
  );
}
