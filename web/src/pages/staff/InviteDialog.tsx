import { useMutation } from '@tanstack/react-query';
import { Form, Input, Modal, Radio, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { staff } from '../../api/endpoints';
import type { Role } from '../../api/types';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { roles } from './roles';

interface Fields {
  name: string;
  email: string;
  role: Role;
}

export function InviteDialog({ onClose, onInvited }: { onClose: () => void; onInvited: (name: string, url: string) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const invite = useMutation({
    mutationFn: (v: Fields) => staff.invite({ name: v.name.trim(), email: v.email.trim(), role: v.role }),
    onSuccess: (answer) => onInvited(answer.staff.name, answer.invite_url),
    onError: (e) => showFieldErrors(form, e),
  });
  return (
    <Modal open title={t('staff.invite')} onCancel={onClose} okText={t('staff.inviteGo')} okButtonProps={{ loading: invite.isPending }} onOk={form.submit}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ role: 'operator' }} onFinish={(v) => invite.mutate(v)}>
        {invite.isError && <ProblemView error={invite.error} />}
        <Form.Item name="name" label={t('field.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input autoFocus maxLength={100} />
        </Form.Item>
        <Form.Item
          name="email"
          label={t('field.email')}
          rules={[
            { required: true, whitespace: true, message: t('field.required') },
            { type: 'email', message: t('field.emailWrong') },
          ]}
        >
          <Input type="email" maxLength={200} />
        </Form.Item>
        <Form.Item name="role" label={t('staff.role')}>
          <Radio.Group>
            <Space orientation="vertical">
              {roles.map((r) => (
                <Radio key={r} value={r}>
                  {t(`role.${r}`)} <span className="fp-muted fp-small">{t(`roleWhat.${r}`)}</span>
                </Radio>
              ))}
            </Space>
          </Radio.Group>
        </Form.Item>
      </Form>
    </Modal>
  );
}
