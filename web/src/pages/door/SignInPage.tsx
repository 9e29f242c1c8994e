import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Alert, Button, Divider, Form, Input, Radio, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auth } from '../../api/endpoints';
import { Problem } from '../../api/problem';
import type { Me, SignedIn } from '../../api/types';
import { ProblemView } from '../../ui/ProblemView';
import { Door } from './Door';
import { useEnter } from './useEnter';

const route = getRouteApi('/sign-in');

const ssoReasons: Record<string, 'cancelled' | 'expired' | 'provider' | 'email' | 'account' | 'tooMany' | 'error'> = {
  cancelled: 'cancelled',
  expired: 'expired',
  provider: 'provider',
  email: 'email',
  domain: 'account',
  no_account: 'account',
  identity: 'account',
  not_found: 'account',
  too_many: 'tooMany',
};

/** The same, when WeCom was asked who opened a page there. */
const wecomReasons: Record<string, 'cancelled' | 'expired' | 'provider' | 'member' | 'unproved' | 'disabled' | 'notSet' | 'tooMany' | 'error'> = {
  cancelled: 'cancelled',
  expired: 'expired',
  provider: 'provider',
  member: 'member',
  unproved: 'unproved',
  disabled: 'disabled',
  not_found: 'notSet',
  conflict: 'notSet',
  too_many: 'tooMany',
};

interface Fields {
  email: string;
  password: string;
  org_id?: string;
}

export function SignInPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const enter = useEnter();
  const [form] = Form.useForm<Fields>();
  const [choose, setChoose] = useState<NonNullable<SignedIn['choose']>>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const providers = useQuery({ queryKey: ['providers'], queryFn: auth.providers, retry: false });

  const submit = async (fields: Fields) => {
    setBusy(true);
    setError(undefined);
    try {
      const answer = await auth.signIn({ ...fields, email: fields.email.trim() });
      if (answer.choose?.length) {
        setChoose(answer.choose);
        form.setFieldValue('org_id', answer.choose[0]?.org_id);
        return;
      }
      await enter(answer.me as Me, search.return);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };

  const wrong = error instanceof Problem && error.status === 401;
  // Where single sign-on failed, the server comes back here with the reason.
  const fromWecom = search.via === 'wecom';
  const failed = search.sso_error && (fromWecom ? t(`door.wecom.${wecomReasons[search.sso_error] ?? 'error'}`) : t(`door.sso.${ssoReasons[search.sso_error] ?? 'error'}`));
  return (
    <Door title={t('door.signIn')} text={search.return ? t('door.signInAgain') : undefined}>
      {failed && (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 16 }}
          title={t(fromWecom ? 'door.wecom.title' : 'door.sso.title')}
          description={failed}
        />
      )}
      <Form form={form} layout="vertical" onFinish={submit} requiredMark={false} disabled={busy}>
        {Boolean(error) && (
          <div style={{ marginBottom: 16 }}>
            <ProblemView error={error} now={wrong ? t('door.wrongWhy') : undefined} />
          </div>
        )}
        <Form.Item
          name="email"
          label={t('field.email')}
          rules={[{ required: true, whitespace: true, message: t('field.required') }]}
        >
          <Input autoComplete="username" type="email" autoFocus onChange={() => setChoose([])} />
        </Form.Item>
        <Form.Item name="password" label={t('field.password')} rules={[{ required: true, message: t('field.required') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        {choose.length > 0 && (
          <Form.Item name="org_id" label={t('door.chooseOrg')} rules={[{ required: true }]}>
            <Radio.Group>
              <Space orientation="vertical">
                {choose.map((o) => (
                  <Radio key={o.org_id} value={o.org_id}>
                    {o.org_name}
                  </Radio>
                ))}
              </Space>
            </Radio.Group>
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('door.signIn')}
        </Button>
      </Form>
      <p className="fp-forgot">{t('door.forgot')}</p>
      {(providers.data?.items.length ?? 0) > 0 && (
        <>
          <Divider plain>{t('door.or')}</Divider>
          <Space orientation="vertical" style={{ width: '100%' }}>
            {providers.data?.items.map((p) => (
              <Button key={p.org_id} block href={auth.oidcStart(p.org_id)}>
                {t('door.oidc', { org: p.org_name })}
              </Button>
            ))}
          </Space>
        </>
      )}
    </Door>
  );
}
