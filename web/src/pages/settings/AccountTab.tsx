import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { auth, sessions } from '../../api/endpoints';
import type { Session } from '../../api/types';
import { meQuery, useMe } from '../../app/me';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { passwordRules } from '../door/passwordRules';
import { deviceOf } from './device';

function Name() {
  const { t } = useTranslation();
  const me = useMe();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: (v: { name: string }) => auth.update({ name: v.name.trim() }),
    onSuccess: async () => {
      message.success(t('common.saved'));
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    },
    onError: notify,
  });
  return (
    <Form layout="vertical" requiredMark={false} className="fp-form" initialValues={{ name: me.staff.name }} onFinish={(v) => save.mutate(v)}>
      <Form.Item name="name" label={t('field.yourName')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
        <Input maxLength={100} autoComplete="name" />
      </Form.Item>
      <Button htmlType="submit" loading={save.isPending}>
        {t('common.save')}
      </Button>
    </Form>
  );
}

function Password() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<{ current: string; new: string }>();
  const save = useMutation({
    mutationFn: auth.changePassword,
    onSuccess: async () => {
      form.resetFields();
      message.success(t('account.passwordChanged'));
      await queryClient.invalidateQueries({ queryKey: ['sessions'] });
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="fp-form" onFinish={(v) => save.mutate({ current: v.current, new: v.new })}>
      <Form.Item name="current" label={t('account.currentPassword')} rules={[{ required: true, message: t('field.required') }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item name="new" label={t('account.newPassword')} rules={passwordRules(t)} extra={t('door.passwordHelp')}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button htmlType="submit" loading={save.isPending}>
        {t('account.changePassword')}
      </Button>
    </Form>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const list = useQuery({ queryKey: ['sessions'], queryFn: sessions.list });
  const end = useMutation({
    mutationFn: (s: Session) => sessions.end(s.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['sessions'] }),
    onError: notify,
  });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={2} />;
  return (
    <ul className="fp-list fp-form">
      {list.data.items.map((s) => (
        <li key={s.id}>
          <span className="fp-grow">
            <span title={s.user_agent}>{deviceOf(s.user_agent) || t('account.unknownDevice')}</span>
            <br />
            <span className="fp-muted fp-small">
              {s.ip} · {t('account.lastSeen')} <TimeText at={s.last_seen_at} />
            </span>
          </span>
          {s.current ? (
            <span className="fp-muted">{t('account.thisOne')}</span>
          ) : (
            <Button size="small" onClick={() => end.mutate(s)}>
              {t('account.endSession')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

export function AccountTab() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <>
      <Name />
      {me.staff.has_password && (
        <>
          <h2 className="fp-h2">{t('account.passwordTitle')}</h2>
          <Password />
        </>
      )}
      <h2 className="fp-h2">{t('account.sessionsTitle')}</h2>
      <Sessions />
    </>
  );
}
