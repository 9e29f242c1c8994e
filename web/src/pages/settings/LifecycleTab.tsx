import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, InputNumber, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { lifecycle } from '../../api/endpoints';
import type { LifecycleSettings } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { StageTag } from '../../ui/values';
import { ChanceForm } from './ChanceForm';

/** The gaps between orders as a row of marks, with the thresholds where they fall. */
function Gaps({ settings: s }: { settings: LifecycleSettings }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (!s.gaps || s.gaps.count === 0) return <p className="fp-muted">{t('thresholds.noGaps')}</p>;
  const rows = (['p50', 'p80', 'p90', 'p95'] as const).map((p) => [p, s.gaps[p]] as const);
  const most = Math.max(s.lost_days, ...rows.map(([, days]) => days), 1);
  return (
    <>
      <p>{t('thresholds.gapsText', { count: s.gaps.count, number: f.number(s.gaps.count) })}</p>
      <table className="fp-gaps">
        <tbody>
          {rows.map(([p, days]) => (
            <tr key={p}>
              <th scope="row">{t(`thresholds.${p}`)}</th>
              <td className="bar" aria-hidden="true">
                <span style={{ width: `${(days / most) * 100}%` }} />
              </td>
              <td className="fp-num fp-right">{t('thresholds.days', { count: Math.round(days) })}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">
              <StageTag stage="silent" />
            </th>
            <td className="bar silent" aria-hidden="true">
              <span style={{ width: `${(s.silent_days / most) * 100}%` }} />
            </td>
            <td className="fp-num fp-right">{t('thresholds.days', { count: s.silent_days })}</td>
          </tr>
          <tr>
            <th scope="row">
              <StageTag stage="lost" />
            </th>
            <td className="bar lost" aria-hidden="true">
              <span style={{ width: `${(s.lost_days / most) * 100}%` }} />
            </td>
            <td className="fp-num fp-right">{t('thresholds.days', { count: s.lost_days })}</td>
          </tr>
        </tbody>
      </table>
    </>
  );
}

export function LifecycleTab() {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<{ silent_days: number; lost_days: number }>();
  const current = useQuery({
    queryKey: ['lifecycle-settings'],
    queryFn: lifecycle.settings,
    refetchInterval: (q) => (q.state.data?.redraw ? 1500 : false),
  });
  const save = useMutation({
    mutationFn: lifecycle.save,
    onSuccess: async (saved) => {
      queryClient.setQueryData(['lifecycle-settings'], saved);
      form.setFieldsValue(saved);
      message.success(t('thresholds.saved'));
      for (const key of ['stages', 'flow', 'persons', 'person']) void queryClient.invalidateQueries({ queryKey: [key] });
      await queryClient.invalidateQueries({ queryKey: ['lifecycle-settings'] });
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  if (current.isError) return <ProblemView error={current.error} onRetry={() => void current.refetch()} />;
  if (current.isPending) return <Loading />;
  const s = current.data;
  const write = may('lifecycle.settings');
  return (
    <div className="fp-form">
      <p>{t('thresholds.what')}</p>
      {!s.chances && <Alert type="info" showIcon title={t(`thresholds.source_${s.source}`, { silent: s.silent_days, lost: s.lost_days })} />}
      {s.redraw && (
        <div role="status">
          {t('thresholds.redraw')}
          <Progress percent={Math.floor((100 * s.redraw.done) / Math.max(1, s.redraw.total))} aria-label={t('thresholds.redraw')} />
        </div>
      )}
      <h2 className="fp-h2">{t('thresholds.gapsTitle')}</h2>
      <Gaps settings={s} />
      <h2 className="fp-h2">{t('thresholds.change')}</h2>
      <Form form={form} layout="vertical" requiredMark={false} disabled={!write} initialValues={s} onFinish={(v) => save.mutate({ silent_days: v.silent_days, lost_days: v.lost_days })}>
        <Form.Item name="silent_days" label={t('thresholds.silent')} extra={t('thresholds.silentHelp')} rules={[{ required: true, message: t('field.required') }]}>
          <InputNumber min={1} max={3650} precision={0} suffix={t('thresholds.day')} style={{ width: 180 }} />
        </Form.Item>
        <Form.Item
          name="lost_days"
          label={t('thresholds.lost')}
          extra={t('thresholds.lostHelp')}
          dependencies={['silent_days']}
          rules={[
            { required: true, message: t('field.required') },
            {
              validator: (_, lost: number) =>
                lost > Number(form.getFieldValue('silent_days')) ? Promise.resolve() : Promise.reject(new Error(t('thresholds.order'))),
            },
          ]}
        >
          <InputNumber min={2} max={3650} precision={0} suffix={t('thresholds.day')} style={{ width: 180 }} />
        </Form.Item>
        <p className="fp-muted">{t('thresholds.past')}</p>
        {write && (
          <>
            <Button type="primary" htmlType="submit" loading={save.isPending}>
              {t('common.save')}
            </Button>{' '}
            {s.source === 'manual' && (
              <Button loading={save.isPending} onClick={() => save.mutate({ source: 'data' })}>
                {t('thresholds.useData', { silent: s.suggested?.silent_days, lost: s.suggested?.lost_days })}
              </Button>
            )}
          </>
        )}
      </Form>
      <ChanceForm key={s.chances ? `${s.chances.silent}-${s.chances.lost}` : 'off'} settings={s} write={write} busy={save.isPending} save={save.mutate} />
    </div>
  );
}
