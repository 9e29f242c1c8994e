import { Alert, Button, Form, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import type { LifecycleSettings } from '../../api/types';

interface Props {
  settings: LifecycleSettings;
  write: boolean;
  busy: boolean;
  save: (body: { source: 'probability'; silent_chance: number; lost_chance: number } | { source: 'data' }) => void;
}

/** Silent and lost by the probability that somebody still buys. */
export function ChanceForm({ settings: s, write, busy, save }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ silent: number; lost: number }>();
  const c = s.chances;
  return (
    <section aria-label={t('chances.title')} data-chances={c ? (c.known ? 'known' : 'unknown') : 'off'}>
      <h2 className="fp-h2">{t('chances.title')}</h2>
      <p className="fp-muted">{t('chances.text')}</p>
      {c && <Alert type={c.known ? 'info' : 'warning'} showIcon title={t(c.known ? 'chances.known' : 'chances.unknown', { why: c.why, silent: s.silent_days, lost: s.lost_days })} />}
      {c && c.example.length > 0 && (
        <>
          <p>{t('chances.example')}</p>
          <ul>
            {c.example.map((e) => (
              <li key={`${e.purchases}-${e.span_days}`}>
                {e.purchases === 1 ? t('chances.once') : t('chances.bought', { count: e.purchases, span: t('thresholds.days', { count: e.span_days }) })}：{t('chances.after', { silent: e.silent_days, lost: e.lost_days })} {e.by_days && t('chances.byDays')}
              </li>
            ))}
          </ul>
        </>
      )}
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        disabled={!write}
        initialValues={{ silent: c ? Math.round(c.silent * 100) : 50, lost: c ? Math.round(c.lost * 100) : 20 }}
        onFinish={(v) => save({ source: 'probability', silent_chance: v.silent / 100, lost_chance: v.lost / 100 })}
      >
        <Form.Item name="silent" label={t('chances.silent')} rules={[{ required: true, message: t('field.required') }]}>
          <InputNumber min={2} max={99} precision={0} suffix="%" style={{ width: 180 }} />
        </Form.Item>
        <Form.Item
          name="lost"
          label={t('chances.lost')}
          dependencies={['silent']}
          rules={[
            { required: true, message: t('field.required') },
            { validator: (_, lost: number) => (lost < Number(form.getFieldValue('silent')) ? Promise.resolve() : Promise.reject(new Error(t('chances.order')))) },
          ]}
        >
          <InputNumber min={1} max={98} precision={0} suffix="%" style={{ width: 180 }} />
        </Form.Item>
        {write && (
          <>
            <Button htmlType="submit" data-use-chances loading={busy}>
              {t(c ? 'chances.change' : 'chances.use')}
            </Button>{' '}
            {c && (
              <Button loading={busy} onClick={() => save({ source: 'data' })}>
                {t('chances.toData')}
              </Button>
            )}
          </>
        )}
      </Form>
    </section>
  );
}
