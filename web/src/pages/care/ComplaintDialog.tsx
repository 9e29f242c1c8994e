import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { cases as api } from '../../api/care';
import { useStaff } from '../../app/useStaff';
import { showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';

type Values = Parameters<typeof api.complain>[0];

/** A complaint that came over the telephone, or in the shop. */
export function ComplaintDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const staff = useStaff();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const enter = useMutation({
    mutationFn: (v: Values) => api.complain({ ...v, person_id: v.person_id?.trim() || undefined, due_hours: v.due_hours ?? undefined }),
    onSuccess: async () => {
      void message.success(t('care.cases.entered'));
      onClose();
      await queries.invalidateQueries({ queryKey: ['care'] });
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  return (
    <Modal open title={t('care.cases.enter')} okText={t('care.cases.enter')} cancelText={t('common.cancel')} confirmLoading={enter.isPending} onOk={form.submit} onCancel={onClose}>
      <Form<Values> form={form} layout="vertical" onFinish={(v) => enter.mutate(v)}>
        <Form.Item name="text" label={t('care.cases.text')} rules={[{ required: true, whitespace: true, message: t('care.cases.text') }]}>
          <Input.TextArea autoFocus rows={4} maxLength={4000} />
        </Form.Item>
        <Form.Item name="staff_id" label={t('care.cases.about')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={staff.list.map((s) => ({ value: s.id, label: s.name }))} />
        </Form.Item>
        <Form.Item name="person_id" label={t('care.cases.person')}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="category" label={t('care.cases.category')}>
          <Input maxLength={30} />
        </Form.Item>
        <Form.Item name="due_hours" label={t('care.settings.complaintHours')}>
          <InputNumber min={1} max={720} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
