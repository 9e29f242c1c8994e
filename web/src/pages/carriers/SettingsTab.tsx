import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Card, DatePicker, Form, Input, Modal, Select, Typography } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountKind } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { dayOf, startOfDay } from '../../lib/zone';
import { Loading } from '../../ui/Loading';
import { ProblemView, showFieldErrors, useNotifyProblem } from '../../ui/ProblemView';
import { SecretBox } from '../../ui/SecretBox';
import { AccountFields, fieldName, valuesOf } from './AccountFields';
import { hasMembers } from './kinds';
import { SigningKeys } from './SigningKeys';
import { Snippet } from './Snippet';
import { useKinds } from './useAccounts';

type Fields = Record<string, unknown> & { name: string; owner_staff_id: string; secret_expires_at?: Dayjs | null; push_tags?: string };

export function SettingsTab({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const kinds = useKinds();
  if (kinds.isError) return <ProblemView error={kinds.error} onRetry={() => void kinds.refetch()} />;
  const kind = kinds.data?.items.find((k) => k.kind === a.kind);
  if (!kind) return <Loading rows={8} />;
  return (
    <div className="fp-stack fp-acc-settings">
      <Values key={a.updated_at} account={a} kind={kind} />
      {a.kind === 'web' && <Snippet account={a} />}
      {a.settings.agent_id && a.callback_url && (
        <Copied text={t('carriers.sidebarPage')} value={`${new URL(a.callback_url).origin}/sidebar?account=${a.id}`} />
      )}
      {a.kind === 'email' && <SigningKeys account={a} />}
      {a.kind === 'sms' && a.callback_url && <Copied text={t('carriers.smsCallback')} value={a.callback_url} />}
      <OnOff account={a} />
    </div>
  );
}

/** Something to be entered on the platform, and where. */
function Copied({ text, value }: { text: string; value: string }) {
  const { t } = useTranslation();
  return (
    <div className="fp-acc-how">
      <p className="fp-acc-flat">{text}</p>
      <Typography.Paragraph className="fp-acc-snippet" code copyable={{ text: value, tooltips: [t('common.copy'), t('common.copied')] }}>
        {value}
      </Typography.Paragraph>
    </div>
  );
}

function Values({ account: a, kind }: { account: Account; kind: AccountKind }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const staff = useStaff();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const save = useMutation({
    mutationFn: (v: Fields) => {
      const values = valuesOf(kind, v, a.settings);
      const changed = Object.fromEntries(Object.entries(values).filter(([k, x]) => x !== a.settings[k]));
      if (v.push_tags && v.push_tags !== (a.settings.push_tags ?? 'existing')) changed.push_tags = v.push_tags;
      const day = v.secret_expires_at?.format('YYYY-MM-DD') ?? '';
      return carriers.update(a.id, {
        ...(v.name.trim() !== a.name ? { name: v.name.trim() } : {}),
        ...((v.owner_staff_id ?? '') !== a.owner_staff_id ? { owner_staff_id: v.owner_staff_id ?? '' } : {}),
        ...(day !== (a.secret_expires_at ? dayOf(a.secret_expires_at, f.timeZone) : '') ? { secret_expires_at: day && startOfDay(day, f.timeZone) } : {}),
        // Sending a value ends the tokens: only what is new is sent.
        ...(Object.keys(changed).length > 0 ? { values: changed } : {}),
      });
    },
    onSuccess: async () => {
      message.success(t('common.saved'));
      await queryClient.invalidateQueries({ queryKey: ['carriers'] });
    },
    onError: (e) => {
      if (!showFieldErrors(form, e)) notify(e);
    },
  });
  const settings = Object.fromEntries(Object.entries(a.settings).map(([k, v]) => [fieldName(k), v]));
  return (
    <Card>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        className="fp-acc-form"
        initialValues={{
          ...settings,
          name: a.name,
          owner_staff_id: a.owner_staff_id,
          push_tags: a.settings.push_tags ?? 'existing',
          secret_expires_at: a.secret_expires_at ? dayjs(dayOf(a.secret_expires_at, f.timeZone)) : null,
        }}
        onFinish={(v) => save.mutate(v)}
        onFinishFailed={({ errorFields }) => form.scrollToField(errorFields[0]?.name ?? [], { focus: true })}
      >
        <div className="fp-acc-field">
          <Form.Item name="name" label={t('carriers.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
            <Input maxLength={64} />
          </Form.Item>
          <p className="fp-muted">{t('carriers.nameHelp')}</p>
        </div>
        <div className="fp-acc-field">
          <Form.Item name="owner_staff_id" label={t('carriers.owner')}>
            <Select
              showSearch={{ optionFilterProp: 'label' }}
              options={[
                { value: '', label: t('carriers.nobody') },
                ...staff.list.filter((s) => s.status === 'active' || s.id === a.owner_staff_id).map((s) => ({ value: s.id, label: s.name })),
              ]}
            />
          </Form.Item>
          <p className="fp-muted">{t('carriers.ownerHelp')}</p>
        </div>
        <AccountFields kind={kind} account={a.id} secrets={a.secrets_set} />
        {a.callback_url && (
          <div className="fp-acc-field">
            <Form.Item label={t('carriers.callbackUrl')}>
              <SecretBox value={a.callback_url} label={t('carriers.callbackUrl')} />
            </Form.Item>
            <p className="fp-muted">{t('carriers.callbackUrlHelp')}</p>
          </div>
        )}
        {hasMembers(a) && (
          <div className="fp-acc-field">
            <Form.Item name="push_tags" label={t('carriers.pushTags')}>
              <Select options={['existing', 'off'].map((v) => ({ value: v, label: t(`carriers.pushTags_${v}`) }))} />
            </Form.Item>
            <p className="fp-muted">{t('carriers.pushTagsHelp')}</p>
          </div>
        )}
        <div className="fp-acc-field">
          <Form.Item name="secret_expires_at" label={t('carriers.secretEnds')}>
            <DatePicker style={{ width: '100%' }} />
          </Form.Item>
          <p className="fp-muted">{t('carriers.secretEndsHelp')}</p>
        </div>
        <div className="fp-acc-foot">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t('common.save')}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function OnOff({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const set = useMutation({
    mutationFn: (status: Account['status']) => carriers.update(a.id, { status }),
    onSuccess: () => {
      setAsking(false);
      return queryClient.invalidateQueries({ queryKey: ['carriers'] });
    },
    onError: notify,
  });
  const stopsOf = (kind: string): unknown => t(`carriers.stops.${kind}`, { returnObjects: true, defaultValue: '' });
  const stops: string[] = Object.values(stopsOf(a.kind) || stopsOf('other') || {});
  return (
    <Card title={t(a.status === 'active' ? 'carriers.disable' : 'carriers.isDisabled')}>
      {a.status === 'active' ? (
        <>
          <p>{t('carriers.disableWhat')}</p>
          <Button danger onClick={() => setAsking(true)}>
            {t('carriers.disable')}
          </Button>
        </>
      ) : (
        <>
          <p>{t('carriers.isDisabledText')}</p>
          <Button type="primary" loading={set.isPending} onClick={() => set.mutate('active')}>
            {t('carriers.enable')}
          </Button>
        </>
      )}
      <Modal
        open={asking}
        title={t('carriers.disableAsk', { name: a.name })}
        onCancel={() => setAsking(false)}
        okText={t('carriers.disable')}
        okButtonProps={{ danger: true, loading: set.isPending }}
        onOk={() => set.mutate('disabled')}
      >
        <p>{t('carriers.stopsTitle')}</p>
        <ul>
          {stops.map((s) => (
            <li key={s}>{s}</li>
          ))}
        </ul>
        <p className="fp-muted">{t('carriers.staysTitle')}</p>
      </Modal>
    </Card>
  );
}
