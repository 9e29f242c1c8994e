import { InputNumber, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import type { Window } from '../../lib/segmentTree';
import { convert, formatLength, formOf, formsFor, longest, parseLength, periodsFor, type About, type Form, type Length, type Unit } from '../../lib/segmentWindow';
import { DateInput, DateRange } from './ValueEditor';

interface Props {
  window: Window | undefined;
  about: About;
  label: string;
  onChange: (window: Window | undefined, mark?: string) => void;
  /** More ways than windows, for dates: their comparisons. */
  more?: { value: string; label: string }[];
  chosen?: string;
  onMore?: (value: string) => void;
}

/** When: first the way of saying it, then its numbers or days. */
export function WindowEditor({ window: w, about, label, onChange, more = [], chosen, onMore }: Props) {
  const { t } = useTranslation();
  const form = formOf(w) ?? 'always';
  const scope = about === 'yearly' ? 'yearly' : about === 'date' ? 'date' : 'event';
  const options = formsFor(about).map((f) => ({ value: f as string, label: t(`segments.window.${f}`, { context: scope }) }));
  return (
    <>
      <Select
        className="fp-seg-op"
        variant="filled"
        popupMatchSelectWidth={false}
        listHeight={360}
        value={chosen ?? form}
        options={more.length > 0 ? [...options, ...more] : options}
        aria-label={t('segments.whenOf', { name: label })}
        onChange={(value) => (more.some((m) => m.value === value) ? onMore?.(value) : onChange(convert(w, value as Form, dayjs().format('YYYY-MM-DD'))))}
      />
      {chosen === undefined && <Parameters window={w} form={form} about={about} label={label} onChange={onChange} />}
    </>
  );
}

function Parameters({ window: w = {}, form, about, label, onChange }: { window?: Window; form: Form; about: About; label: string; onChange: Props['onChange'] }) {
  const { t } = useTranslation();
  const units: Unit[] = about === 'event' || about === 'edge' ? ['d', 'w', 'm', 'h'] : ['d', 'w', 'm'];
  switch (form) {
    case 'last':
    case 'next':
    case 'before_ago':
    case 'within_joining':
      return (
        <LengthInput
          value={w[form]}
          units={form === 'within_joining' ? ['d', 'w', 'h'] : units}
          label={label}
          suffix={form === 'before_ago' ? t('segments.windowSuffix.before_ago') : ''}
          onChange={(length) => onChange({ [form]: formatLength(length) }, form)}
        />
      );
    case 'ago': {
      const from = parseLength(w.from_ago);
      const to = parseLength(w.to_ago);
      const unit = from?.unit ?? 'd';
      const set = (n: number, m: number, u: Unit) => onChange({ from_ago: formatLength({ n, unit: u }), to_ago: formatLength({ n: m, unit: u }) }, 'ago');
      return (
        <span className="fp-seg-between">
          <LengthNumber n={from?.n} unit={unit} label={t('segments.fromOf', { name: label })} onChange={(n) => set(n, to?.n ?? 1, unit)} />
          <span className="fp-muted">{t('common.to')}</span>
          <LengthNumber n={to?.n} unit={unit} label={t('segments.toOf', { name: label })} onChange={(n) => set(from?.n ?? n + 1, n, unit)} />
          <UnitSelect unit={unit} units={units} label={label} onChange={(u) => set(from?.n ?? 2, to?.n ?? 1, u)} />
          <span className="fp-muted">{t('segments.windowSuffix.ago')}</span>
        </span>
      );
    }
    case 'period':
      return (
        <Select
          className="fp-seg-op"
          variant="filled"
          popupMatchSelectWidth={false}
          value={String(w.period)}
          options={periodsFor(about).map((p) => ({ value: p, label: t(`segments.period.${p.replace(' ', '_')}`) }))}
          aria-label={t('segments.periodOf', { name: label })}
          onChange={(period) => onChange({ period })}
        />
      );
    case 'dates':
      return <DateRange from={w.from} to={w.to} label={label} onChange={(from, to) => onChange({ from, to })} />;
    case 'on':
    case 'since':
    case 'until':
    case 'after':
    case 'before':
      return <DateInput value={w[form]} label={t('segments.dayOf', { name: label })} onChange={(day) => onChange({ [form]: day })} />;
    default:
      return null;
  }
}

function LengthNumber({ n, unit, label, onChange }: { n: number | undefined; unit: Unit; label: string; onChange: (n: number) => void }) {
  return (
    <InputNumber<number>
      className="fp-seg-number short"
      variant="filled"
      controls={false}
      min={1}
      max={longest(unit)}
      precision={0}
      value={n}
      aria-label={label}
      onChange={(v) => {
        if (v !== null) onChange(v); // while it is empty, the last number counts
      }}
    />
  );
}

function UnitSelect({ unit, units, label, onChange }: { unit: Unit; units: Unit[]; label: string; onChange: (unit: Unit) => void }) {
  const { t } = useTranslation();
  return (
    <Select<Unit>
      className="fp-seg-unit"
      variant="filled"
      popupMatchSelectWidth={false}
      value={unit}
      options={(units.includes(unit) ? units : [...units, unit]).map((u) => ({ value: u, label: t(`segments.unit.${u}`) }))}
      aria-label={t('segments.unitOf', { name: label })}
      onChange={onChange}
    />
  );
}

function LengthInput({ value, units, label, suffix, onChange }: { value: unknown; units: Unit[]; label: string; suffix: string; onChange: (length: Length) => void }) {
  const { t } = useTranslation();
  const { n, unit } = parseLength(value) ?? { n: 30, unit: 'd' as const };
  return (
    <span className="fp-seg-between">
      <LengthNumber n={n} unit={unit} label={t('segments.lengthOf', { name: label })} onChange={(next) => onChange({ n: next, unit })} />
      <UnitSelect unit={unit} units={units} label={label} onChange={(next) => onChange({ n, unit: next })} />
      {suffix && <span className="fp-muted">{suffix}</span>}
    </span>
  );
}
