import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';
import { addMonths, dayOf, isMonth } from '../../lib/zone';

/** The months of an address, or the last six up to the present one. */
export function monthsOf(search: { from?: string; to?: string }, timeZone: string): { from: string; to: string } {
  const now = dayOf(new Date().toISOString(), timeZone).slice(0, 7);
  const { from, to } = search;
  return isMonth(from) && isMonth(to) && from <= to ? { from, to } : { from: addMonths(now, -5), to: now };
}

/** Whole months, the usual spans one click away. */
export function MonthSpan({ from, to, onChange }: { from: string; to: string; onChange: (from: string, to: string) => void }) {
  const { t } = useTranslation();
  const { timeZone } = useFormat();
  const now = dayOf(new Date().toISOString(), timeZone).slice(0, 7);
  const span = (n: number) => ({ label: n === 1 ? t('catch.thisMonth') : t('catch.lastMonths', { count: n }), value: [dayjs(addMonths(now, 1 - n)), dayjs(now)] as [dayjs.Dayjs, dayjs.Dayjs] });
  return (
    <DatePicker.RangePicker
      picker="month"
      allowClear={false}
      aria-label={t('catch.months')}
      value={[dayjs(from), dayjs(to)]}
      presets={[span(1), span(3), span(6), span(12), span(24)]}
      maxDate={dayjs(now).endOf('month')}
      onChange={(v) => {
        if (v?.[0] && v[1]) onChange(v[0].format('YYYY-MM'), v[1].format('YYYY-MM'));
      }}
    />
  );
}
