import { DeleteOutlined, FilterOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, DatePicker, InputNumber, Select, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import type { EventCondition, EventKind, FunnelStep } from '../../api/measure';
import { useFormat } from '../../app/useFormat';
import { spanText } from './question';

/** Chooses kinds of events: any of them. */
export function EventSelect({ kinds, value, onChange, label, single, max = 8 }: { kinds: EventKind[]; value: string[]; onChange: (v: string[]) => void; label: string; single?: boolean; max?: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const option = (k: EventKind) => ({ value: k.kind, label: k.label, note: k.events ? f.compact(k.events) : t('measure.none') });
  const options = [
    { label: t('measure.happened'), options: kinds.filter((k) => k.events > 0).map(option) },
    { label: t('measure.notYet'), options: kinds.filter((k) => k.events === 0).map(option) },
  ].filter((g) => g.options.length > 0);
  return (
    <Select
      className="fp-measure-events"
      mode={single ? undefined : 'multiple'}
      maxCount={single ? undefined : max}
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={label}
      placeholder={t('measure.chooseEvent')}
      value={(single ? value[0] : value) as string[]}
      onChange={(v: string | string[]) => onChange(Array.isArray(v) ? v : [v])}
      options={options}
      optionRender={(o) => (
        <span className="fp-measure-option">
          <span>{o.label}</span>
          <span className="fp-muted fp-num">{(o.data as { note?: string }).note}</span>
        </span>
      )}
    />
  );
}

/** The days that a question is about; empty: as the server chooses. */
export function DaySpan({ from, to, onChange }: { from?: string; to?: string; onChange: (from?: string, to?: string) => void }) {
  const { t } = useTranslation();
  return (
    <DatePicker.RangePicker
      aria-label={t('measure.days')}
      value={from && to ? [dayjs(from), dayjs(to)] : null}
      onChange={(days) => onChange(days?.[0]?.format('YYYY-MM-DD'), days?.[1]?.format('YYYY-MM-DD'))}
      placeholder={[t('measure.from'), t('measure.to')]}
    />
  );
}

/** A window, in days or hours. */
export function Window({ hours, onChange }: { hours: number; onChange: (hours: number) => void }) {
  const { t } = useTranslation();
  const days = hours % 24 === 0;
  const factor = days ? 24 : 1;
  return (
    <span className="fp-measure-window">
      <InputNumber aria-label={t('measure.window')} min={1} max={87_840 / factor} precision={0} value={hours / factor} onChange={(n) => n && onChange(n * factor)} />
      <Select
        aria-label={t('measure.windowUnit')}
        value={factor}
        onChange={(unit: number) => onChange(Math.max(1, Math.round(hours / factor)) * unit)}
        options={[
          { value: 24, label: t('measure.unitDays') },
          { value: 1, label: t('measure.unitHours') },
        ]}
      />
    </span>
  );
}

const operators = ['=', '!=', '>', '>=', '<', '<=', 'between'] as const;

/** What the events of a step must be like. */
export function Conditions({ step, kinds, onChange, name }: { step: Pick<FunnelStep, 'any' | 'where'>; kinds: EventKind[]; onChange: (where: EventCondition[]) => void; name: string }) {
  const { t } = useTranslation();
  const chosen = kinds.filter((k) => (step.any ?? []).includes(k.kind));
  const properties = [...new Set(chosen.flatMap((k) => (k.properties ?? []).map((p) => p.name)))].sort();
  const where = step.where ?? [];
  const put = (i: number, c: Partial<EventCondition>) => onChange(where.map((w, k) => (k === i ? { ...w, ...c } : w)));
  return (
    <div className="fp-measure-conditions">
      {where.map((c, i) => (
        <span key={i} className="fp-measure-condition">
          <Select aria-label={t('measure.property', { name })} value={c.property} options={properties.map((p) => ({ value: p, label: t(`measure.properties.${p}`, { defaultValue: p }) }))} onChange={(property) => put(i, { property })} popupMatchSelectWidth={false} />
          <Select aria-label={t('measure.operator', { name })} value={c.is} options={operators.map((o) => ({ value: o, label: t(`measure.operators.${o}`) }))} onChange={(is) => put(i, { is })} popupMatchSelectWidth={false} />
          <Select mode="tags" className="fp-grow" aria-label={t('measure.values', { name })} placeholder={t('measure.valuesHelp')} value={c.values ?? []} onChange={(values: string[]) => put(i, { values })} open={false} suffixIcon={null} />
          <Tooltip title={t('measure.removeCondition')}>
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('measure.removeCondition')} onClick={() => onChange(where.filter((_, k) => k !== i))} />
          </Tooltip>
        </span>
      ))}
      {properties.length > 0 && where.length < 8 && (
        <Button size="small" type="link" icon={where.length ? <PlusOutlined /> : <FilterOutlined />} onClick={() => onChange([...where, { property: properties[0]!, is: '=', values: [] }])}>
          {t('measure.addCondition')}
        </Button>
      )}
    </div>
  );
}

/** Says seconds in days, hours, minutes. */
export function useSpan() {
  const { language } = useFormat();
  return (seconds: number | null | undefined) =>
    seconds == null ? '—' : spanText(seconds, (name, n) => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: language.startsWith('zh') ? 'long' : 'short' }).format(n));
}

/** What an answer is made of: its days, zone, and how far events are counted. */
export function Made({ period, countedTo }: { period: { from: string; to: string; time_zone: string }; countedTo?: string | null }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <p className="fp-muted fp-small fp-measure-made">
      {t('measure.made', { from: period.from, to: period.to, zone: period.time_zone })}
      {countedTo && <> · {t('measure.countedTo', { at: f.dateTime(countedTo) })}</>}
    </p>
  );
}
