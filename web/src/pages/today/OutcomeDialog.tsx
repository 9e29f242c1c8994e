import { useMutation } from '@tanstack/react-query';
import { Form, Input, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { today as api, type Outcome, type TodayItem } from '../../api/today';
import { useFormat } from '../../app/useFormat';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { dayName, momentOf, offered } from './days';
import { useFreshToday } from './useToday';

export type Act = 'done' | 'postpone' | 'decline';

interface Fields {
  next_step?: string;
  next_at?: string;
  note?: string;
  quick?: string;
  until?: string;
}

/** What came of attending to somebody: what is next, to when it is put off, or that they are not interested. Enter is enough. */
export function OutcomeDialog({ item, act, onClose }: { item: TodayItem; act: Act; onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const undo = useUndo();
  const fresh = useFreshToday();
  const [form] = Form.useForm<Fields>();
  const days = offered(new Date(), f.timeZone);
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const body: Outcome = { note: v.note?.trim() || undefined };
      if (act === 'done') {
        body.next_step = v.next_step?.trim() || undefined;
        if (v.next_at) body.next_at = momentOf(v.next_at, f.timeZone);
      }
      if (act === 'postpone') body.until = v.quick === 'day' ? v.until : v.quick;
      return api[act](item.id, body);
    },
    onSuccess: async (saved) => {
      onClose();
      const said = act === 'done' ? t('today.doneSaid', { name: item.name }) : act === 'decline' ? t('today.declineSaid', { name: item.name }) : t('today.postponeSaid', { name: item.name, day: dayName(saved.until, f.language) });
      undo(`today-${item.id}`, said, () => api.undo(item.id).then(fresh));
      await fresh(saved);
    },
    onError: (e) => showFieldErrors(form, e),
  });
  const quick = Form.useWatch('quick', form);
  return (
    <Modal
      open
      title={t(`today.${act}Title`, { name: item.name })}
      onCancel={onClose}
      okText={t(`today.${act}`)}
      okButtonProps={{ loading: save.isPending }}
      onOk={form.submit}
      width={460}
      afterOpenChange={(opened) => opened && (form.getFieldInstance(act === 'done' ? 'next_step' : 'note') as { focus?: () => void } | undefined)?.focus?.()}
    >
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ quick: days.tomorrow, until: days.inSeven }} onFinish={(v) => save.mutate(v)}>
        {save.isError && <ProblemView error={save.error} />}
        {act === 'done' && (
          <>
            <Form.Item name="next_step" label={t('today.nextStep')} extra={t('today.nextStepHelp')}>
              <Input autoFocus maxLength={500} />
            </Form.Item>
            <Form.Item name="next_at" label={t('today.nextAt')} extra={t('today.nextAtHelp')}>
              <Input type="datetime-local" min={`${days.today}T00:00`} max={`${days.last}T23:59`} />
            </Form.Item>
          </>
        )}
        {act === 'postpone' && (
          <>
            <Form.Item name="quick" label={t('today.until')}>
              <Radio.Group
                className="fp-today-days"
                options={[
                  { value: days.tomorrow, label: t('today.tomorrow') },
                  { value: days.inThree, label: t('today.inThree') },
                  { value: days.inSeven, label: t('today.inSeven') },
                  { value: 'day', label: '…' },
                ]}
                optionType="button"
              />
            </Form.Item>
            {quick === 'day' && (
              <Form.Item name="until" label={t('today.until')} rules={[{ required: true, message: t('field.required') }]}>
                <Input type="date" min={days.tomorrow} max={days.last} />
              </Form.Item>
            )}
          </>
        )}
        <Form.Item name="note" label={t('today.remark')} extra={act === 'decline' ? t('today.declineHelp') : undefined}>
          <Input autoFocus={act !== 'done'} maxLength={1000} />
        </Form.Item>
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
    </Modal>
  );
}
