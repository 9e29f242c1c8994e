import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { org } from '../../api/endpoints';
import type { Org } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { CurrencySelect, ZoneSelect } from '../../ui/selects';

type Fields = Pick<Org, 'name' | 'time_zone' | 'currency' | 'locale'>;

export function BrandTab() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const current = useQuery({ queryKey: ['org'], queryFn: org.read });
  const save = useMutation({
    mutationFn: (v: Fields) => org.update({ ...v, name: v.name.trim() }),
    onSuccess: async (saved) => {
      queryClient.setQueryData(['org'], saved);
      message.success(t('common.saved'));
      await queryClient.invalidateQueries({ queryKey: ['me'] });
      for (const key of ['overview', 'flow', 'cohorts']) void queryClient.invalidateQueries({ queryKey: [key] });
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  if (current.isError) return <ProblemView error={current.error} onRetry={() => void current.refetch()} />;
  if (current.isPending) return <Loading />;
  const required = { required: true, whitespace: true, message: t('field.required') };
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="fp-form" initialValues={current.data} onFinish={(v) => save.mutate(v)}>
      <Form.Item name="name" label={t('org.name')} rules={[required]} extra={t('org.nameHelp')}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="time_zone" label={t('org.timeZone')} rules={[required]} extra={t('org.timeZoneChange')}>
        <ZoneSelect />
      </Form.Item>
      <Form.Item name="currency" label={t('org.currency')} rules={[required]} extra={t('org.currencyChange')}>
        <CurrencySelect />
      </Form.Item>
      <Form.Item name="locale" label={t('org.locale')} rules={[required]} extra={t('org.localeHelp')}>
        <Select
          options={[
            { value: 'zh-CN', label: '简体中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={save.isPending}>
        {t('common.save')}
      </Button>
    </Form>
  );
}
