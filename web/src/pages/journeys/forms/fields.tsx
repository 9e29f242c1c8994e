import { InputNumber, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../../ui/Field';
import { unitOf } from '../model/words';

const sizes = { minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof sizes;

interface SpanProps {
  label: string;
  help?: string;
  seconds: number;
  disabled: boolean;
  onChange: (seconds: number) => void;
}

/** A length of time in minutes, hours or days. */
export function SpanField({ label, help, seconds, disabled, onChange }: SpanProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Unit>();
  const said = unitOf(seconds);
  // The unit that somebody chose stays while the number fits it.
  const unit = chosen && seconds % sizes[chosen] === 0 ? chosen : said.unit;
  return (
    <Field label={label} help={help}>
      {(id) => (
        <Space.Compact>
          <InputNumber id={id} min={1} max={Math.floor((366 * 86_400) / sizes[unit])} precision={0} disabled={disabled} value={Math.round(seconds / sizes[unit])} onChange={(n) => n && onChange(n * sizes[unit])} style={{ width: 100 }} />
          <Select
            value={unit}
            disabled={disabled}
            aria-label={t('journeys.unitOf', { label })}
            style={{ width: 100 }}
            onChange={(u: Unit) => {
              setChosen(u);
              onChange(Math.max(1, Math.round(seconds / sizes[unit])) * sizes[u]);
            }}
            options={(Object.keys(sizes) as Unit[]).map((u) => ({ value: u, label: t(`journeys.units.${u}`) }))}
          />
        </Space.Compact>
      )}
    </Field>
  );
}

interface ChoiceProps {
  label: string;
  help?: React.ReactNode;
  value: string | undefined;
  placeholder?: string;
  disabled: boolean;
  clear?: boolean;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
}

/** One of a list, found by typing part of it. */
export function Choice({ label, help, value, placeholder, disabled, clear, options, onChange }: ChoiceProps) {
  // What is gone still has to be shown, to be changed.
  const all = value && !options.some((o) => o.value === value) ? [...options, { value, label: value }] : [...options];
  return (
    <Field label={label} help={help}>
      {(id) => <Select id={id} className="fp-full" value={value || undefined} disabled={disabled} allowClear={clear} placeholder={placeholder} aria-label={label} showSearch={{ optionFilterProp: 'label' }} onChange={(v: string | undefined) => onChange(v ?? '')} options={all} />}
    </Field>
  );
}

export const named = (all: readonly { id: string; name: string }[] | null | undefined) => (all ?? []).map((x) => ({ value: x.id, label: x.name }));
