import { useMutation } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { promises } from '../../api/today';
import { useFormat } from '../../app/useFormat';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { dayName, momentOf, offered } from './days';
import { useFreshToday } from './useToday';

/** Promises somebody a call-back. */
export function PromiseDialog({ person, onClose }: { person: { id: string; name: string }; onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { message } = App.useApp();
  const fresh = useFreshToday();
  const [form] = Form.useForm<{ due_at: string; text: string }>();
  const days = offered(new Date(), f.timeZone);
  const save = useMutation({
    mutationFn: (v: { due_at: string; text: string }) => promises.create({ person_id: person.id, due_at: momentOf(v.due_at, f.timeZone), text: v.text.trim() }),
    onSuccess: async (p) => {
      onClose();
      void message.success(t('today.promised', { day: dayName(p.day, f.language) }));
      await fresh();
    },
    onError: (e) => showFieldErrors(form, e),
  });
  const required = [{ required: true, whitespace: true, message: t('field.required') }];
  return (
    <Modal open title={t('today.promiseTitle', { name: person.name })} onCancel={onClose} okText={t('common.save')} okButtonProps={{ loading: save.isPending }} onOk={form.submit} width={460} afterOpenChange={(opened) => opened && (form.getFieldInstance('text') as { focus?: () => void } | undefined)?.focus?.()}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ due_at: `${days.tomorrow}T15:00`, text: '' }} onFinish={(v) => save.mutate(v)}>
        {save.isError && <ProblemView error={save.error} />}
        <Form.Item name="text" label={t('today.promiseText')} rules={required}>
          <Input autoFocus maxLength={500} />
        </Form.Item>
        <Form.Item name="due_at" label={t('today.promiseAt')} rules={required}>
          <Input type="datetime-local" min={`${days.today}T00:00`} max={`${days.last}T23:59`} />
        </Form.Item>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
    </Modal>
  );
}
