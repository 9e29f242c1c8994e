import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Popconfirm, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { org } from '../../api/endpoints';
import { Problem } from '../../api/problem';
import type { Oidc } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';

type Fields = Oidc & { client_secret?: string };

const none: Fields = { issuer: '', client_id: '', enabled: true, allowed_domains: [] };

export function OidcTab() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  // An org without single sign-on is not an error: the form is then empty.
  const current = useQuery({
    queryKey: ['oidc'],
    queryFn: async () => {
      try {
        return await org.oidc();
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['oidc'] });
  const save = useMutation({
    mutationFn: (v: Fields) => org.saveOidc({ ...v, client_secret: v.client_secret || undefined }),
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
    <Form form={form} layout="vertical" requiredMark={false} className="fp-form" initialValues={current.data?.issuer ? current.data : none} onFinish={(v) => save.mutate(v)}>
      <p className="fp-muted">{t('oidc.note')}</p>
      <Form.Item name="issuer" label={t('oidc.issuer')} rules={[required, { type: 'url', message: t('oidc.urlWrong') }]} extra={t('oidc.issuerHelp')}>
        <Input placeholder="https://login.example.com" maxLength={300} />
      </Form.Item>
      <Form.Item label={t('oidc.callback')} extra={t('oidc.callbackHelp')}>
        <code className="fp-break">{`${location.origin}/api/v1/auth/oidc/callback`}</code>
      </Form.Item>
      <Form.Item name="client_id" label={t('oidc.clientId')} rules={[required]}>
        <Input maxLength={300} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="client_secret"
        label={t('oidc.clientSecret')}
        rules={exists ? [] : [required]}
        extra={t(exists ? 'oidc.secretKept' : 'oidc.secretSealed')}
      >
        <Input.Password maxLength={500} autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="allowed_domains" label={t('oidc.domains')} extra={t('oidc.domainsHelp')}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', ' ']} placeholder="example.com" />
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
