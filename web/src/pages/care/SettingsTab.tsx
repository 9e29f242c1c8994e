import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form, Input, InputNumber, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { settings as api, type Settings, type SettingsPatch } from '../../api/care';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { useAccountNames } from '../inbox/settings/useAccountNames';
import { usePull } from './ArchiveTab';

/** When somebody is silent, by when a complaint is settled, and where the archive comes from. */
export function SettingsTab() {
  const { t } = useTranslation();
  const read = useQuery({ queryKey: ['care', 'settings'], queryFn: api.read });
  if (read.isError) return <ProblemView error={read.error} onRetry={() => void read.refetch()} />;
  if (read.isPending) return <Loading rows={6} />;
  return (
    <div className="fp-care-settings" aria-label={t('care.tab.settings')}>
      <SettingsForm now={read.data} />
    </div>
  );
}

type Fields = SettingsPatch & { alerts_on?: boolean };

function SettingsForm({ now }: { now: Settings }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const fresh = () => queries.invalidateQueries({ queryKey: ['care'] });
  const save = useMutation({
    mutationFn: (v: SettingsPatch) => api.update(v),
    onSuccess: async () => {
      void message.success(t('care.saved'));
      form.setFieldValue('archive_token', undefined);
      await fresh();
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const pull = usePull(fresh, notify);
  const owner = may('care.archive');
  const write = may('care.settings');
  const a = now.archive;
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      disabled={!write}
      initialValues={{ silent_days: now.silent_days, complaint_hours: now.complaint_hours, retention_days: now.retention_days, archive_on: a.on, archive_url: a.url, alerts: { ...now.alerts, minutes: now.alerts.minutes || 30, account_id: now.alerts.account_id || undefined }, alerts_on: now.alerts.minutes > 0 }}
      onFinish={(v) =>
        save.mutate({
          silent_days: v.silent_days,
          complaint_hours: v.complaint_hours,
          alerts: v.alerts_on ? { minutes: v.alerts?.minutes, account_id: v.alerts?.account_id, staff_ids: v.alerts?.staff_ids } : { minutes: 0 },
          ...(owner ? { retention_days: v.retention_days, archive_on: v.archive_on, archive_url: v.archive_url, ...(v.archive_token ? { archive_token: v.archive_token } : {}) } : {}),
        })
      }
    >
      <h2>{t('care.settings.rules')}</h2>
      <Form.Item name="silent_days" label={t('care.settings.silentDays')} rules={[{ required: true }]}>
        <InputNumber min={1} max={3650} precision={0} />
      </Form.Item>
      <Form.Item name="complaint_hours" label={t('care.settings.complaintHours')} rules={[{ required: true }]}>
        <InputNumber min={1} max={720} precision={0} />
      </Form.Item>
      <Alerts now={now} write={write} />
      <h2>{t('care.settings.archive')}</h2>
      {!owner && <p className="fp-muted">{t('care.settings.ownerOnly')}</p>}
      <p className="fp-muted">
        {t('care.settings.state', { stored: f.number(a.stored), dropped: f.number(a.dropped), deleted: f.number(a.deleted) })}
        {' · '}
        {a.at ? (
          <>
            {t('care.settings.asked')} <TimeText at={a.at} /> {!a.problem && t('care.settings.well')}
          </>
        ) : (
          t('care.settings.never')
        )}
      </p>
      {a.problem && <Alert showIcon type="error" role="alert" title={a.problem} className="fp-care-gap" />}
      <Form.Item name="archive_on" label={t('care.settings.on')} valuePropName="checked">
        <Switch disabled={!owner} />
      </Form.Item>
      <Form.Item name="archive_url" label={t('care.settings.url')}>
        <Input disabled={!owner} maxLength={500} placeholder="http://127.0.0.1:8090" />
      </Form.Item>
      <Form.Item name="archive_token" label={t('care.settings.token')}>
        <Input.Password disabled={!owner} maxLength={500} autoComplete="new-password" placeholder={a.has_token ? t('care.settings.tokenKept') : ''} />
      </Form.Item>
      <Form.Item name="retention_days" label={t('care.settings.retentionDays')} rules={[{ required: true }]}>
        <InputNumber disabled={!owner} min={1} max={3650} precision={0} />
      </Form.Item>
      <div className="fp-toolbar">
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('care.save')}
        </Button>
        {owner && a.on && (
          <Button loading={pull.isPending} onClick={() => pull.mutate()}>
            {t('care.settings.pull')}
          </Button>
        )}
      </div>
    </Form>
  );
}

/** To whom new cases are told by mail. */
function Alerts({ now, write }: { now: Settings; write: boolean }) {
  const { t } = useTranslation();
  const staff = useStaff();
  const accounts = useAccountNames();
  const on = Form.useWatch<boolean | undefined>('alerts_on');
  const mail = accounts.list.filter((a) => a.kind === 'email');
  const needed = [{ required: true, message: t('field.required') }];
  const { sent_at, problem } = now.alerts;
  return (
    <>
      <h2>{t('care.alerts.title')}</h2>
      <p className="fp-muted">{t('care.alerts.help')}</p>
      {problem && <Alert showIcon type="error" role="alert" title={t('care.alerts.problem', { why: problem })} className="fp-care-gap" />}
      <Form.Item name="alerts_on" label={t('care.alerts.on')} valuePropName="checked">
        <Switch disabled={!write} />
      </Form.Item>
      {on && (
        <>
          <Form.Item name={['alerts', 'staff_ids']} label={t('care.alerts.staff')} rules={needed}>
            <Select mode="multiple" maxCount={20} showSearch={{ optionFilterProp: 'label' }} options={staff.list.filter((s) => s.status === 'active' && ['owner', 'operator'].includes(s.role)).map((s) => ({ value: s.id, label: s.name }))} />
          </Form.Item>
          <Form.Item name={['alerts', 'account_id']} label={t('care.alerts.account')} rules={needed} extra={mail.length === 0 && !accounts.loading ? t('care.alerts.noAccount') : undefined}>
            <Select options={mail.map((a) => ({ value: a.id, label: a.name }))} />
          </Form.Item>
          <Form.Item name={['alerts', 'minutes']} label={t('care.alerts.minutes')} rules={needed}>
            <InputNumber min={5} max={1440} precision={0} />
          </Form.Item>
          {sent_at && (
            <p className="fp-muted fp-small">
              {t('care.alerts.sent')} <TimeText at={sent_at} />
            </p>
          )}
        </>
      )}
    </>
  );
}
