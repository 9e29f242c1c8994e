import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { invites } from '../../api/endpoints';
import { Problem } from '../../api/problem';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { Door } from './Door';
import { passwordRules } from './passwordRules';
import { useEnter } from './useEnter';

const route = getRouteApi('/invite/$token');

export function InvitePage() {
  const { t } = useTranslation();
  const { token } = route.useParams();
  const enter = useEnter();
  const [form] = Form.useForm<{ password: string }>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const invite = useQuery({ queryKey: ['invite', token], queryFn: () => invites.read(token), retry: false, staleTime: Infinity }); // once it is used it is gone

  if (invite.isPending) return <Door title={t('door.invite')}>{<Loading rows={3} />}</Door>;
  if (invite.isError) {
    const gone = invite.error instanceof Problem && [404, 410].includes(invite.error.status);
    return (
      <Door title={t('door.invite')} text={gone ? t('door.inviteGone') : undefined}>
        {!gone && <ProblemView error={invite.error} onRetry={() => void invite.refetch()} />}
      </Door>
    );
  }

  const submit = async ({ password }: { password: string }) => {
    setBusy(true);
    setError(undefined);
    try {
      await enter(await invites.accept(token, password));
    } catch (e) {
      if (!showFieldErrors(form, e)) setError(e);
    } finally {
      setBusy(false);
    }
  };

  const { org_name, email, name } = invite.data;
  return (
    <Door title={t('door.inviteTitle', { org: org_name })} text={t('door.inviteText', { name, email })}>
      <Form form={form} layout="vertical" onFinish={submit} requiredMark={false} disabled={busy}>
        {Boolean(error) && <ProblemView error={error} />}
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <Form.Item name="password" label={t('door.choosePassword')} rules={passwordRules(t)} extra={t('door.passwordHelp')}>
          <Input.Password autoComplete="new-password" autoFocus />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('door.accept')}
        </Button>
      </Form>
    </Door>
  );
}
