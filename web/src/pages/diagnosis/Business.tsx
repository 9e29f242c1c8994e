import { InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DiagnosisInput } from '../../api/diagnosis';
import { useFormat } from '../../app/useFormat';
import { currencyDigits } from '../../lib/format';
import { Field } from '../../ui/Field';

interface Props {
  input: DiagnosisInput;
  change: (patch: Partial<DiagnosisInput>) => void;
  wrong: Map<string, string>;
}

/** Five numbers of the business, and how far to look. */
export function Business({ input, change, wrong }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const unit = 10 ** currencyDigits(f.currency);
  const b = input.business;
  const set = (patch: Partial<typeof b>) => change({ business: { ...b, ...patch } });
  const fields: { key: keyof typeof b; unit: string; value: number; min: number; max?: number; digits: number; put: (n: number) => Partial<typeof b> }[] = [
    { key: 'buyers', unit: t('diagnosis.people'), value: b.buyers, min: 1, digits: 0, put: (n) => ({ buyers: n }) },
    { key: 'order_minor', unit: f.currency, value: b.order_minor / unit, min: 0, digits: currencyDigits(f.currency), put: (n) => ({ order_minor: Math.round(n * unit) }) },
    { key: 'margin_bp', unit: '%', value: b.margin_bp / 100, min: 0, max: 100, digits: 2, put: (n) => ({ margin_bp: Math.round(n * 100) }) },
    { key: 'cost_minor', unit: f.currency, value: b.cost_minor / unit, min: 0, digits: currencyDigits(f.currency), put: (n) => ({ cost_minor: Math.round(n * unit) }) },
    { key: 'orders_year', unit: t('diagnosis.times'), value: b.orders_year, min: 0.01, digits: 2, put: (n) => ({ orders_year: n }) },
  ];
  return (
    <section className="fp-diagnosis-box" aria-label={t('diagnosis.business')}>
      <h2>{t('diagnosis.business')}</h2>
      <div className="fp-diagnosis-numbers">
        {fields.map((x) => (
          <Field key={x.key} label={t(`diagnosis.number.${x.key}`)} error={wrong.get(`business.${x.key.replace(/_(minor|bp)$/, '')}`)}>
            {(id) => <InputNumber id={id} value={x.value} min={x.min} max={x.max} precision={x.digits} suffix={x.unit} style={{ width: '100%' }} onChange={(n) => n !== null && set(x.put(n))} />}
          </Field>
        ))}
        <Field label={t('diagnosis.months')} error={wrong.get('months')}>
          {(id) => <Select id={id} value={input.months} onChange={(months) => change({ months })} options={[12, 24, 36, 60].map((n) => ({ value: n, label: t('diagnosis.inMonths', { count: n }) }))} />}
        </Field>
      </div>
    </section>
  );
}
