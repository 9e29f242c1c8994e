import { DatePicker, InputNumber, Select, Space } from 'antd';
import dayjs from 'dayjs';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SegmentVocabulary } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { comparisonOf, comparisons, valuesOf, withComparison, withValues, type FieldInfo, type Subject } from '../../lib/segmentFields';
import { arity, type Condition, type Scalar } from '../../lib/segmentTree';
import { useNames } from './useNames';

type Comparison = Pick<Condition, 'value' | 'values'> & { is?: string };

interface Props<C extends Comparison> {
  of: C;
  info: FieldInfo;
  /** What is compared, for its words and for who cannot see it. */
  subject: Subject;
  label: string;
  vocabulary: SegmentVocabulary;
  onChange: (next: C, mark?: string) => void;
}

/** A comparison that fits the type, and its value or values. */
export function ComparisonEditor<C extends Comparison>(props: Props<C>) {
  const { of, info, label, onChange } = props;
  const { t } = useTranslation();
  const known = comparisons(info.type);
  const name = comparisonOf(of, info.type) ?? known[0]!;
  return (
    <>
      <Select
        className="fp-seg-op"
        variant="filled"
        popupMatchSelectWidth={false}
        value={name}
        aria-label={t('segments.comparisonOf', { name: label })}
        options={known.map((k) => ({ value: k, label: t(`segments.is.${opKey(k, info)}`) }))}
        onChange={(k) => onChange(withComparison(of, k))}
      />
      <Values {...props} />
    </>
  );
}

/** The text of a comparison: dates are before and after where numbers are less and more. */
function opKey(name: string, info: FieldInfo): string {
  const date = info.type === 'date' || info.type === 'instant';
  const keys: Record<string, string> = { '=': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge', 'not in': 'notIn', 'starts with': 'startsWith', 'has any': 'hasAny', 'has all': 'hasAll', 'has none': 'hasNone' };
  const key = keys[name] ?? name;
  if (date && ['lt', 'le', 'gt', 'ge', 'eq'].includes(key)) return `date_${key}`;
  if (info.type === 'boolean' && key === 'eq') return 'bool';
  return key;
}

function Values<C extends Comparison>({ of, info, subject, label, vocabulary: v, onChange }: Props<C>) {
  const { t } = useTranslation();
  const shape = arity(of.is);
  const values = valuesOf(of);
  const set = (next: Scalar[], mark?: string) => onChange(withValues(of, next), mark);
  if (shape === 'none') return null;
  switch (info.type) {
    case 'count':
    case 'money':
    case 'number':
      if (shape === 'many') return <NumberList values={values} label={label} onChange={set} />;
      if (shape === 'two')
        return (
          <span className="fp-seg-between">
            <NumberInput type={info.type} value={values[0]} label={t('segments.fromOf', { name: label })} currency={v.currency} onChange={(n) => set([n ?? '', values[1] ?? ''], 'from')} />
            <span className="fp-muted">{t('common.to')}</span>
            <NumberInput type={info.type} value={values[1]} label={t('segments.toOf', { name: label })} currency={v.currency} onChange={(n) => set([values[0] ?? '', n ?? ''], 'to')} />
          </span>
        );
      return <NumberInput type={info.type} value={values[0]} label={t('segments.valueOf', { name: label })} currency={v.currency} onChange={(n) => set(n === null ? [] : [n], 'value')} />;
    case 'date':
    case 'instant':
      if (shape === 'two') return <DateRange from={values[0]} to={values[1]} label={label} onChange={(from, to) => set([from, to])} />;
      return <DateInput value={values[0]} label={t('segments.valueOf', { name: label })} onChange={(d) => set(d ? [d] : [])} />;
    case 'boolean':
      return (
        <Select
          className="fp-seg-op"
          variant="filled"
          value={values[0] === true}
          aria-label={t('segments.valueOf', { name: label })}
          options={[
            { value: true, label: t('common.yes') },
            { value: false, label: t('common.no') },
          ]}
          onChange={(yes) => set([yes])}
        />
      );
    default:
      return <TextValues values={values} single={of.is === 'contains' || of.is === 'starts with'} info={info} subject={subject} label={label} vocabulary={v} onChange={set} />;
  }
}

interface NumberProps {
  type: FieldInfo['type'];
  value: Scalar | undefined;
  label: string;
  currency?: string;

  onChange: (n: number | null) => void;
}

export function NumberInput({ type, value, label, currency = 'CNY', onChange }: NumberProps) {
  const { language } = useFormat();
  const symbol = useMemo(
    () => new Intl.NumberFormat(language, { style: 'currency', currency }).formatToParts(0).find((p) => p.type === 'currency')?.value,
    [language, currency],
  );
  return (
    <InputNumber<number>
      className={type === 'money' ? 'fp-seg-number money' : 'fp-seg-number'}
      variant="filled"
      controls={false}
      value={typeof value === 'number' ? value : null}
      precision={type === 'count' ? 0 : undefined}
      {...(type === 'money' ? { prefix: symbol } : {})}
      aria-label={label}
      onChange={onChange}
    />
  );
}

function NumberList({ values, label, onChange }: { values: Scalar[]; label: string; onChange: (values: Scalar[]) => void }) {
  const { t } = useTranslation();
  return (
    <Select
      mode="tags"
      className="fp-seg-values"
      variant="filled"
      open={false}
      suffixIcon={null}
      tokenSeparators={[',', '，', ' ', '、']}
      value={values.map(String)}
      placeholder={t('segments.numbersHint')}
      aria-label={t('segments.valueOf', { name: label })}
      onChange={(texts: string[]) => onChange([...new Set(texts.map(Number).filter((n) => Number.isFinite(n)))])}
    />
  );
}

export function DateInput({ value, label, onChange }: { value: unknown; label: string; onChange: (day: string) => void }) {
  return (
    <DatePicker
      className="fp-seg-date"
      variant="filled"
      allowClear={false}
      value={typeof value === 'string' && value ? dayjs(value) : null}
      aria-label={label}
      onChange={(d) => onChange(d ? d.format('YYYY-MM-DD') : '')}
    />
  );
}

export function DateRange({ from, to, label, onChange }: { from: unknown; to: unknown; label: string; onChange: (from: string, to: string) => void }) {
  const { t } = useTranslation();
  return (
    <Space.Compact>
      <DateInput value={from} label={t('segments.fromOf', { name: label })} onChange={(d) => onChange(d, typeof to === 'string' && to >= d ? to : d)} />
      <DateInput value={to} label={t('segments.toOf', { name: label })} onChange={(d) => onChange(typeof from === 'string' && from && from <= d ? from : d, d)} />
    </Space.Compact>
  );
}

interface TextProps {
  values: Scalar[];
  single: boolean;
  info: FieldInfo;
  subject: Subject;
  label: string;
  vocabulary: SegmentVocabulary;
  onChange: (values: Scalar[], mark?: string) => void;
}

const keyOf = (v: Scalar) => (typeof v === 'object' ? v.id : String(v));

/** Texts: picked from what is known, or typed. What refers to staff or channels keeps their ids. */
function TextValues({ values, single, info, subject, label, vocabulary: v, onChange }: TextProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const names = useNames(v);
  const things = info.refers === 'staff' ? v.staff : info.refers === 'channel' ? v.channels : undefined;
  const options = useMemo(() => {
    if (things) return things.map((x) => ({ value: x.id, label: x.name, note: '' }));
    if (single) return [];
    const counts = new Map(subject === 'field:region' ? v.regions.map((r) => [r.region, f.number(r.count)]) : []);
    return info.values.filter(Boolean).map((x) => ({ value: x, label: names.value(subject, x), note: counts.get(x) ?? '' }));
  }, [things, single, info, subject, v, f, names]);
  const back = (key: string): Scalar => {
    const thing = things?.find((x) => x.id === key);
    return thing ? { id: thing.id, name: thing.name } : key;
  };
  const typed = !things && (single || info.free);
  return (
    <Select<string[]>
      mode={typed ? 'tags' : 'multiple'}
      className="fp-seg-values"
      variant="filled"
      maxCount={single ? 1 : undefined}
      value={values.map((x) => {
        const key = keyOf(x);
        // One that is gone is still named as it was saved.
        if (typeof x === 'object' && !things?.some((s) => s.id === key)) return { value: key, label: x.name ?? key } as unknown as string;
        return key;
      })}
      options={options}
      open={typed && options.length === 0 ? false : undefined}
      suffixIcon={typed && options.length === 0 ? null : undefined}
      tokenSeparators={typed && !single ? [',', '，', '、'] : undefined}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={t(typed ? (options.length > 0 ? 'segments.pickOrType' : 'segments.typeValue') : 'segments.pickValue')}
      aria-label={t('segments.valueOf', { name: label })}
      popupMatchSelectWidth={220}
      optionRender={(o) => (
        <span className="fp-seg-option">
          <span>{o.data.label}</span>
          {o.data.note && <span className="fp-muted fp-num">{o.data.note}</span>}
        </span>
      )}
      onChange={(keys) => onChange(keys.map(back))}
    />
  );
}
