import { Form, Input, Select } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountField, AccountKind } from '../../api/types';

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

function Field({ field: f, kept }: { field: AccountField; kept: boolean }) {
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
  /** Secrets that are stored: an empty field leaves them as they are. */
  secrets?: string[];
  /** Fields that are asked for elsewhere. */
  without?: string[];
}

/** What a kind of account asks for, the explanation of each value beside it. */
export function AccountFields({ kind, secrets = [], without = [] }: Props) {
  return kind.fields.filter((f) => !without.includes(f.key)).map((f) => <Field key={f.key} field={f} kept={secrets.includes(f.key)} />);
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
