import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventOption } from '../../../api/journeys';
import { Field } from '../../../ui/Field';
import { comparisons, whereRows, whereText, type Row } from '../model/where';

interface Props {
  label: string;
  event: EventOption | undefined;
  value: string;
  disabled: boolean;
  onChange: (text: string) => void;
}

/** What must be true of an event: rows of property, comparison and value; what rows cannot say stays text. */
export function WhereField({ label, event, value, disabled, onChange }: Props) {
  const { t } = useTranslation();
  const [held, setHeld] = useState<{ text: string; rows: Row[] }>();
  const read = whereRows(value);
  // Rows that are not finished are not in the text yet.
  const rows = held && held.text === value ? held.rows : read;
  const properties = event?.properties ?? [];
  const set = (next: Row[]) => {
    const text = whereText(next);
    setHeld({ text, rows: next });
    onChange(text);
  };
  if (!rows)
    return (
      <Field label={t('journeys.whereText')}>
        {(id) => <Input.TextArea id={id} value={value} disabled={disabled} maxLength={2000} autoSize={{ minRows: 2, maxRows: 6 }} onChange={(e) => onChange(e.target.value)} />}
      </Field>
    );
  if (rows.length === 0 && properties.length === 0) return null;
  const replace = (i: number, patch: Partial<Row>) => set(rows.map((r, n) => (n === i ? { ...r, ...patch } : r)));
  return (
    <div className="fp-field" role="group" aria-label={label}>
      <span className="fp-label">{label}</span>
      <div className="fp-journey-where">
        {rows.map((r, i) => (
          <div key={i}>
            <Select
              value={r.property || undefined}
              disabled={disabled}
              aria-label={t('journeys.whereProperty', { n: i + 1 })}
              onChange={(property: string) => replace(i, { property })}
              options={[...properties.map((p) => ({ value: p.path, label: t(`segmentProperty.${p.path}`, { defaultValue: p.label || p.path }) })), ...(r.property && !properties.some((p) => p.path === r.property) ? [{ value: r.property, label: r.property }] : [])]}
            />
            <Select value={r.is} disabled={disabled} aria-label={t('journeys.whereIs', { n: i + 1 })} onChange={(is: string) => replace(i, { is })} options={comparisons.map((c) => ({ value: c, label: t(`journeys.is.${c}`) }))} />
            <Input value={r.value} disabled={disabled} maxLength={200} aria-label={t('journeys.whereValue', { n: i + 1 })} onChange={(e) => replace(i, { value: e.target.value })} />
            {!disabled && <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('journeys.whereRemove', { n: i + 1 })} onClick={() => set(rows.filter((_, n) => n !== i))} />}
          </div>
        ))}
        {!disabled && (
          <Button size="small" icon={<PlusOutlined />} onClick={() => set([...rows, { property: properties[0]?.path ?? '', is: '=', value: '' }])}>
            {t('journeys.whereAdd')}
          </Button>
        )}
      </div>
      <div className="fp-muted fp-small">{t('journeys.help.where')}</div>
    </div>
  );
}
