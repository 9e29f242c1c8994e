import { InputNumber, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../../ui/Field';

/** So many days before or after a date, or on it. */
export function OffsetField({ value, disabled, onChange }: { value: number; disabled: boolean; onChange: (days: number) => void }) {
  const { t } = useTranslation();
  const [side, setSide] = useState<-1 | 1>(value < 0 ? -1 : 1);
  return (
    <Field label={t('journeys.field.offset')}>
      {(id) => (
        <Space.Compact>
          <Select<-1 | 1>
            value={side}
            disabled={disabled}
            aria-label={t('journeys.unitOf', { label: t('journeys.field.offset') })}
            style={{ width: 110 }}
            onChange={(s) => {
              setSide(s);
              onChange(s * Math.abs(value));
            }}
            options={[
              { value: -1, label: t('journeys.before') },
              { value: 1, label: t('journeys.after') },
            ]}
          />
          <InputNumber id={id} min={0} max={366} precision={0} value={Math.abs(value)} disabled={disabled} suffix={t('journeys.units.days')} style={{ width: 120 }} onChange={(n) => onChange(side * (n ?? 0))} />
        </Space.Compact>
      )}
    </Field>
  );
}
