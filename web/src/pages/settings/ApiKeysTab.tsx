import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Form, Input, Modal, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apiKeys, staff } from '../../api/endpoints';
import type { ApiKey } from '../../api/types';
import { useMe } from '../../app/me';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { SecretBox } from '../../ui/SecretBox';
import { TimeText } from '../../ui/values';

export function ApiKeysTab() {
  const { t } = useTranslation();
  const me = useMe();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<{ name: string; permissions: string[] }>();
  const [creating, setCreating] = useState(false);
  const [fresh, setFresh] = useState<string>();
  const list = useQuery({ queryKey: ['api-keys'], queryFn: apiKeys.list });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['api-keys'] });
  const create = useMutation({
    mutationFn: apiKeys.create,
    onSuccess: (answer) => {
      setCreating(false);
      setFresh(answer.key);
      form.resetFields();
      return refresh();
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const revoke = useMutation({ mutationFn: (k: ApiKey) => apiKeys.revoke(k.id), onSuccess: refresh, onError: notify });
  const known = useQuery({ queryKey: ['permissions'], queryFn: staff.permissions, staleTime: 600_000 });
  const permissionName = (key: string) => known.data?.items.find((p) => p.key === key)?.text || key;
  return (
    <>
      <p className="fp-muted">{t('keys.note')}</p>
      <div className="fp-toolbar">
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
          {t('keys.create')}
        </Button>
      </div>
      {fresh && (
        <Alert
          type="success"
          title={t('keys.freshTitle')}
          description={
            <>
              <p>{t('keys.freshText')}</p>
              <SecretBox value={fresh} label={t('keys.freshTitle')} />
            </>
          }
          closable={{ onClose: () => setFresh(undefined), 'aria-label': t('common.close') }}
          style={{ marginBottom: 14 }}
        />
      )}
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<ApiKey>
            rowKey="id"
            loading={list.isPending}
            dataSource={list.data?.items ?? []}
            label={t('settings.keys')}
            minWidth={640}
            locale={{ emptyText: <EmptyState title={t('keys.emptyTitle')} text={t('keys.emptyText')} /> }}
            columns={[
              { title: t('keys.name'), dataIndex: 'name' },
              { title: t('keys.prefix'), width: 130, render: (_, k) => <code>{k.prefix}…</code> },
              { title: t('keys.permissions'), render: (_, k) => (k.permissions ?? []).map(permissionName).join(t('common.listSeparator')) },
              { title: t('keys.created'), width: 110, render: (_, k) => <TimeText at={k.created_at} /> },
              { title: t('keys.lastUsed'), width: 110, render: (_, k) => (k.last_used_at ? <TimeText at={k.last_used_at} /> : t('keys.never')) },
              {
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 90,
                align: 'right',
                render: (_, k) => (
                  <Popconfirm
                    title={t('keys.revokeAsk', { name: k.name })}
                    description={t('keys.revokeWhat')}
                    okText={t('keys.revoke')}
                    okButtonProps={{ danger: true }}
                    onConfirm={() => revoke.mutateAsync(k).catch(() => {})}
                  >
                    <Button size="small" type="text" danger>
                      {t('keys.revoke')}
                    </Button>
                  </Popconfirm>
                ),
              },
            ]}
          />
        </div>
      )}
      <Modal open={creating} title={t('keys.create')} onCancel={() => setCreating(false)} okText={t('common.create')} okButtonProps={{ loading: create.isPending }} onOk={form.submit}>
        <Form form={form} layout="vertical" requiredMark={false} initialValues={{ permissions: ['pool.track'] }} onFinish={(v) => create.mutate({ name: v.name.trim(), permissions: v.permissions })}>
          <Form.Item name="name" label={t('keys.name')} extra={t('keys.nameHelp')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="permissions" label={t('keys.permissions')} extra={t('keys.permissionsHelp')} rules={[{ required: true, message: t('field.required') }]}>
            <Checkbox.Group className="fp-checks" options={me.permissions.map((p) => ({ value: p, label: permissionName(p) }))} />
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}
