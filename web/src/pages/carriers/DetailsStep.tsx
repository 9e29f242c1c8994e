import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountKind } from '../../api/types';
import { useStaff } from '../../app/useStaff';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';
import { AccountFields, callbackFields, fieldName, valuesOf } from './AccountFields';
import { randomKey, randomToken } from './callbackKeys';
import type { CallbackKeys } from './CallbackStep';

type Fields = Record<string, unknown> & { name: string; owner_staff_id: string };

/** What has been typed, kept while somebody looks at other steps. */
export interface Draft {
  form: Partial<Fields>;
}

interface Props {
  kind: AccountKind;
  /** Once it exists it is changed rather than connected again. */
  account?: Account;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onBack: () => void;
  onConnected: (id: string, made?: CallbackKeys) => void;
}

export function DetailsStep({ kind, account: a, draft, onDraft, onBack, onConnected }: Props) {
  const { t } = useTranslation();
  const staff = useStaff();
  const queryClient = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const save = useMutation({
    mutationFn: async (v: Fields) => {
      const values = valuesOf(kind, v, a?.settings);
      const head = { name: v.name.trim(), owner_staff_id: v.owner_staff_id ?? '' };
      if (a) return { id: (await carriers.update(a.id, { ...head, values })).id };
      const made = kind.callbacks ? { token: randomToken(), key: randomKey() } : undefined;
      const done = await carriers.connect({ kind: kind.kind as Account['kind'], ...head, values: { ...values, ...(made ? { callback_token: made.token, callback_key: made.key } : {}) } });
      return { id: done.id, made };
    },
    onSuccess: async ({ id, made }) => {
      await queryClient.invalidateQueries({ queryKey: ['carriers'] });
      onConnected(id, made);
    },
    onError: (e) => {
      if (showFieldErrors(form, e)) save.reset(); // said where it is wrong
    },
  });
  const settings = Object.fromEntries(Object.entries(a?.settings ?? {}).map(([k, v]) => [fieldName(k), v]));
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      className="fp-acc-form"
      initialValues={{ ...settings, ...draft.form }}
      onValuesChange={(_, all: Fields) => onDraft({ form: all })}
      onFinish={(v) => save.mutate(v)}
      onFinishFailed={({ errorFields }) => form.scrollToField(errorFields[0]?.name ?? [], { focus: true })}
    >
      <div className="fp-acc-field">
        <Form.Item name="name" label={t('carriers.name')} rules={[{ required: true, whitespace: true, message: t('field.required') }]}>
          <Input maxLength={64} autoFocus aria-describedby="acc-name-help" />
        </Form.Item>
        <p id="acc-name-help" className="fp-muted">
          {t('carriers.nameHelp')}
        </p>
      </div>
      <AccountFields kind={kind} account={a?.id} secrets={a?.secrets_set} without={callbackFields} />
      <div className="fp-acc-field">
        <Form.Item name="owner_staff_id" label={t('carriers.owner')}>
          <Select
            aria-describedby="acc-owner-help"
            showSearch={{ optionFilterProp: 'label' }}
            options={[{ value: '', label: t('carriers.nobody') }, ...staff.list.filter((s) => s.status === 'active').map((s) => ({ value: s.id, label: s.name }))]}
          />
        </Form.Item>
        <p id="acc-owner-help" className="fp-muted">
          {t('carriers.ownerHelp')}
        </p>
      </div>
      {save.isError && <ProblemView error={save.error} />}
      <div className="fp-acc-foot">
        <Button onClick={onBack}>{t('carriers.back')}</Button>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('carriers.next')}
        </Button>
        <span className="fp-muted fp-small">{t('carriers.sealed')}</span>
      </div>
    </Form>
  );
}
