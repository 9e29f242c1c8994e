import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Popconfirm, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { org } from '../../api/endpoints';
import type { Oidc } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { roles } from '../staff/roles';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';

type Fields = Pick<Oidc, 'issuer' | 'client_id' | 'enabled' | 'allowed_domains'> & {
  client_secret?: string;
  auto_role: '' | 'operator' | 'associate' | 'finance' | 'viewer';
};

const none: Fields = { issuer: '', client_id: '', enabled: true, allowed_domains: [], auto_role: '' };

export function OidcTab() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const current = useQuery({ queryKey: ['oidc'], queryFn: org.oidc });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['oidc'] });
  const save = useMutation({
    mutationFn: (v: Fields) =>
      org.saveOidc({
        issuer: v.issuer.trim(),
        client_id: v.client_id.trim(),
        client_secret: v.client_secret || undefined,
        enabled: v.enabled,
        allowed_domains: v.allowed_domains,
        auto_role: v.auto_role,
      }),
    onSuccess: () => {
      form.setFieldValue('client_secret', '');
      message.success(t('common.saved'));
      return refresh();
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const remove = useMutation({
    mutationFn: org.removeOidc,
    onSuccess: () => {
      form.setFieldsValue({ ...none, client_secret: '' });
      return refresh();
    },
    onError: notify,
  });
  if (current.isError) return <ProblemView error={current.error} onRetry={() => void current.refetch()} />;
  if (current.isPending) return <Loading />;
  const exists = Boolean(current.data?.issuer);
  const required = { required: true, whitespace: true, message: t('field.required') };
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="fp-form" initialValues={exists ? current.data : none} onFinish={(v) => save.mutate(v)}>
      <p className="fp-muted">{t('oidc.note')}</p>
      <Form.Item name="issuer" label={t('oidc.issuer')} rules={[required, { type: 'url', message: t('oidc.urlWrong') }]} extra={t('oidc.issuerHelp')}>
        <Input placeholder="https://login.example.com" maxLength={300} />
      </Form.Item>
      <Form.Item label={t('oidc.callback')} extra={t('oidc.callbackHelp')}>
        <code className="fp-break">{current.data?.redirect_uri || `${location.origin}/api/v1/auth/oidc/callback`}</code>
      </Form.Item>
      <Form.Item name="client_id" label={t('oidc.clientId')} rules={[required]}>
        <Input maxLength={300} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="client_secret"
        label={t('oidc.clientSecret')}
        rules={current.data.has_secret ? [] : [required]}
        extra={t(current.data.has_secret ? 'oidc.secretKept' : 'oidc.secretSealed')}
      >
        <Input.Password maxLength={500} autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="allowed_domains" label={t('oidc.domains')} extra={t('oidc.domainsHelp')}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', ' ']} placeholder="example.com" />
      </Form.Item>
      <Form.Item name="auto_role" label={t('oidc.autoRole')} extra={t('oidc.autoRoleHelp')}>
        <Select
          options={[
            { value: '', label: t('oidc.autoRoleNone') },
            ...roles.filter((r) => r !== 'owner').map((r) => ({ value: r, label: t(`role.${r}`) })),
          ]}
        />
      </Form.Item>
      <Form.Item name="enabled" label={t('oidc.enabled')} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t('common.save')}
      </Button>{' '}
      {exists && (
        <Popconfirm title={t('oidc.removeAsk')} description={t('oidc.removeWhat')} okText={t('common.delete')} okButtonProps={{ danger: true }} onConfirm={() => remove.mutateAsync().catch(() => {})}>
          <Button danger type="text">
            {t('oidc.remove')}
          </Button>
        </Popconfirm>
      )}
    </Form>
  );
}
