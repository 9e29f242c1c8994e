import { useMutation } from '@tanstack/react-query';
import { Button, Form, Input, Select, Space } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { AccountField, AccountKind } from '../../api/types';
import { ProblemView, showFieldErrors } from '../../ui/ProblemView';

/** The name of a field in a form: where the server says that it is wrong. */
export const fieldName = (key: string) => `values.${key}`;

/** The two that callbacks are signed and encrypted with; the wizard makes them up. */
export const callbackFields = ['callback_token', 'callback_key'];

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return true; // written for another engine: the server looks at it anyway
  }
}

interface ChooserProps {
  kind: AccountKind;
  field: AccountField;
  account?: string;
  help: string;
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
}

/** A value of which the platform says what there is, once it can be asked. It may be typed in all the same. */
function Chooser({ kind, field: f, account, help, id, value, onChange }: ChooserProps) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const find = useMutation({
    mutationFn: () => {
      const values: Record<string, string> = {};
      for (const { key } of kind.fields) {
        const given: unknown = form.getFieldValue(fieldName(key));
        if (key !== f.key && !callbackFields.includes(key) && typeof given === 'string' && given.trim()) values[key] = given.trim();
      }
      return carriers.choices(kind.kind, { field: f.key, values, account_id: account });
    },
    onSuccess: ({ items }) => {
      const free = items.filter((c) => c.usable && !c.connected);
      if (!value && free.length === 1) onChange?.(free[0]!.value);
    },
    onError: (e) => {
      if (showFieldErrors(form, e)) find.reset(); // said where it is wrong
    },
  });
  const label = (c: { value: string; label: string; connected: boolean; usable: boolean }) => {
    const name = c.label || c.value;
    if (c.connected && c.value !== value) return t('carriers.choiceTaken', { name });
    return c.usable ? name : t('carriers.choiceUnusable', { name });
  };
  return (
    <>
      <Space.Compact block>
        {find.data && find.data.items.length > 0 ? (
          <Select
            id={id}
            value={value || undefined}
            onChange={onChange}
            aria-describedby={help}
            placeholder={t('carriers.chooseOne')}
            options={find.data.items.map((c) => ({ value: c.value, label: label(c), disabled: c.connected && c.value !== value }))}
          />
        ) : (
          <Input id={id} value={value} onChange={(e) => onChange?.(e.target.value)} aria-describedby={help} placeholder={f.example} maxLength={500} autoComplete="off" spellCheck={false} />
        )}
        <Button onClick={() => find.mutate()} loading={find.isPending} data-find={f.key}>
          {t('carriers.find')}
        </Button>
      </Space.Compact>
      <div aria-live="polite">
        {find.data?.items.length === 0 && <p className="fp-muted">{t('carriers.foundNone')}</p>}
        {find.isError && <ProblemView error={find.error} />}
      </div>
    </>
  );
}

function Field({ kind, field: f, kept, account }: { kind: AccountKind; field: AccountField; kept: boolean; account?: string }) {
  const { t } = useTranslation();
  const help = useId();
  const choices = f.choices ?? [];
  const common = { 'aria-describedby': help, maxLength: 500, autoComplete: 'off', spellCheck: false };
  return (
    <div className="fp-acc-field">
      <Form.Item
        name={fieldName(f.key)}
        label={f.required ? f.label : t('carriers.optional', { name: f.label })}
        validateTrigger="onBlur"
        validateFirst
        rules={[
          { required: f.required && !kept, whitespace: true, message: t('field.required') },
          {
            validator: async (_, value?: string) => {
              if (!value?.trim() || !f.pattern || choices.length > 0 || matches(f.pattern, value.trim())) return;
              throw new Error(f.example ? t('carriers.wrongLike', { example: f.example }) : t('carriers.wrong'));
            },
          },
        ]}
      >
        {choices.length > 0 ? (
          <Select
            aria-describedby={help}
            placeholder={t(`carriers.choice.${f.key}_${choices[0]}`, { defaultValue: choices[0] })}
            options={choices.map((c) => ({ value: c, label: t(`carriers.choice.${f.key}_${c}`, { defaultValue: c }) }))}
          />
        ) : f.choose ? (
          <Chooser kind={kind} field={f} account={account} help={help} />
        ) : f.secret ? (
          <Input.Password {...common} autoComplete="new-password" placeholder={kept ? t('carriers.kept') : undefined} />
        ) : (
          <Input {...common} placeholder={f.example} />
        )}
      </Form.Item>
      <p id={help} className="fp-muted">
        {t(`carriers.choiceHelp.${f.key}`, { defaultValue: '' }) || f.help}
      </p>
    </div>
  );
}

interface Props {
  kind: AccountKind;
  /** The account, once there is one. */
  account?: string;
  /** Secrets that are stored: an empty field leaves them as they are. */
  secrets?: string[];
  /** Fields that are asked for elsewhere. */
  without?: string[];
}

/** What a kind of account asks for, the explanation of each value beside it. */
export function AccountFields({ kind, account, secrets = [], without = [] }: Props) {
  return kind.fields.filter((f) => !without.includes(f.key)).map((f) => <Field key={f.key} kind={kind} field={f} account={account} kept={secrets.includes(f.key)} />);
}

/** The values of a form as the server takes them: what is empty is left out, or emptied where it was set. */
export function valuesOf(kind: AccountKind, form: Record<string, unknown>, before: Record<string, string> = {}): Record<string, string> {
  const out: Record<string, string> = {};
  for (const f of kind.fields) {
    const given = form[fieldName(f.key)];
    const value = typeof given === 'string' ? given.trim() : '';
    if (value || (!f.secret && before[f.key])) out[f.key] = value;
  }
  return out;
}
