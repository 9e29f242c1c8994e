import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setup } from '../../api/endpoints';
import { usePreferences } from '../../app/preferences';
import { CurrencySelect, ZoneSelect } from '../../ui/selects';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { Door } from './Door';
import { passwordRules } from './passwordRules';
import { useEnter } from './useEnter';

const route = getRouteApi('/setup');

interface Fields {
  org_name?: string;
  name: string;
  email: string;
  password: string;
  time_zone?: string;
  currency?: string;
}

/** The first page of an installation: opened once, by the link that the server printed. */
export function SetupPage() {
  const { t } = useTranslation();
  const { token = '' } = route.useSearch();
  const { language } = usePreferences();
  const enter = useEnter();
  const [form] = Form.useForm<Fields>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const state = useQuery({ queryKey: ['setup', token], queryFn: () => setup.state(token), retry: false });

  if (state.isPending)
    return (
      <Door title={t('door.setup')}>
        <Loading rows={4} />
      </Door>
    );
  if (state.isError)
    return (
      <Door title={t('door.setup')}>
        <ProblemView error={state.error} onRetry={() => void state.refetch()} />
      </Door>
    );
  if (!state.data.needed)
    return (
      <Door title={t('door.setup')} text={t('door.setupDone')}>
        <Link to="/sign-in" search={{}}>
          {t('door.signIn')}
        </Link>
      </Door>
    );
  if (!state.data.valid) return <Door title={t('door.setup')} text={t('door.setupInvalid')}>{null}</Door>;

  // An owner for a brand that exists: its settings stay as they are.
  const existing = state.data.org;

  const submit = async (fields: Fields) => {
    setBusy(true);
    setError(undefined);
    try {
      await enter(await setup.finish({ ...fields, email: fields.email.trim(), token, locale: language }));
    } catch (e) {
      if (!showFieldErrors(form, e)) setError(e);
    } finally {
      setBusy(false);
    }
  };

  const required = { required: true, whitespace: true, message: t('field.required') };
  return (
    <Door
      title={t('door.setup')}
      text={existing ? t('door.setupOwner', { org: existing.name }) : t('door.setupText')}
      wide
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={submit}
        requiredMark={false}
        disabled={busy}
        initialValues={{
          time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Shanghai',
          currency: 'CNY',
        }}
      >
        {Boolean(error) && (
          <div style={{ marginBottom: 16 }}>
            <ProblemView error={error} />
          </div>
        )}
        {!existing && (
          <>
            <Form.Item name="org_name" label={t('org.name')} rules={[required]} extra={t('org.nameHelp')}>
              <Input autoFocus maxLength={100} autoComplete="organization" />
            </Form.Item>
            <div className="fp-two">
              <Form.Item name="time_zone" label={t('org.timeZone')} rules={[required]} extra={t('org.timeZoneHelp')}>
                <ZoneSelect />
              </Form.Item>
              <Form.Item name="currency" label={t('org.currency')} rules={[required]}>
                <CurrencySelect />
              </Form.Item>
            </div>
          </>
        )}
        <Form.Item name="name" label={t('field.yourName')} rules={[required]}>
          <Input maxLength={100} autoComplete="name" />
        </Form.Item>
        <Form.Item name="email" label={t('field.email')} rules={[required, { type: 'email', message: t('field.emailWrong') }]}>
          <Input type="email" autoComplete="username" maxLength={200} />
        </Form.Item>
        <Form.Item name="password" label={t('door.choosePassword')} rules={passwordRules(t)} extra={t('door.passwordHelp')}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('door.setupGo')}
        </Button>
      </Form>
    </Door>
  );
}
