import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Form, Input, Modal, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { identityKinds } from '../customer/identityKinds';

interface Fields {
  name: string;
  kind: string;
  value: string;
  region?: string;
}

export function NewCustomer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const create = useMutation({
    mutationFn: (v: Fields) =>
      persons.create({
        name: v.name.trim(),
        region: v.region?.trim() ?? '',
        identities: v.value?.trim() ? [{ kind: v.kind, value: v.value.trim() }] : [],
      }),
    onSuccess: (p) => void navigate({ to: '/customers/$personId', params: { personId: p.id } }),
    onError: (e) => showFieldErrors(form, e),
  });
  return (
    <Modal
      open
      title={t('customers.create')}
      onCancel={onClose}
      okText={t('common.create')}
      okButtonProps={{ loading: create.isPending }}
      onOk={form.submit}
    >
      <Form form={form} layout="vertical" initialValues={{ kind: 'phone' }} onFinish={(v) => create.mutate(v)} requiredMark={false}>
        {create.isError && <ProblemView error={create.error} />}
        <Form.Item name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input autoFocus maxLength={200} />
        </Form.Item>
        <Form.Item label={t('field.identity')} extra={t('customers.identityHelp')}>
          <Space.Compact block>
            <Form.Item name="kind" noStyle>
              <Select
                style={{ width: 160 }}
                aria-label={t('field.identityKind')}
                options={identityKinds.map((k) => ({ value: k, label: t(`identity.${k}`) }))}
              />
            </Form.Item>
            <Form.Item name="value" noStyle>
              <Input aria-label={t('field.identity')} maxLength={300} />
            </Form.Item>
          </Space.Compact>
        </Form.Item>
        <Form.Item name="region" label={t('field.region')}>
          <Input maxLength={100} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
