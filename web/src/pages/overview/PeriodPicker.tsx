import { Select, Space } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { addMonths, countMonths } from '../../lib/zone';

interface Props {
  from: string;
  to: string;
  /** The first and the last month with data. */
  first: string;
  last: string;
  onChange: (from: string, to: string) => void;
}

/** Whole months with data, nothing else: a short way for the usual spans, two lists for any other. */
export function PeriodPicker({ from, to, first, last, onChange }: Props) {
  const { t } = useTranslation();
  const months = useMemo(() => Array.from({ length: countMonths(first, last) }, (_, n) => addMonths(last, -n)), [first, last]);
  const spans = useMemo(() => {
    const all = countMonths(first, last);
    return [
      ...[1, 3, 6, 12].filter((n) => n < all).map((n) => ({ value: `${addMonths(last, 1 - n)} ${last}`, label: t('overview.lastMonths', { count: n }) })),
      { value: `${first} ${last}`, label: t('overview.allMonths') },
    ];
  }, [first, last, t]);
  const chosen = spans.find((s) => s.value === `${from} ${to}`)?.value;
  const options = (keep: (month: string) => boolean) => months.filter(keep).map((m) => ({ value: m, label: m }));
  return (
    <Space.Compact>
      <Select
        aria-label={t('overview.pickPeriod')}
        value={chosen ?? ''}
        options={chosen ? spans : [{ value: '', label: t('overview.ownSpan') }, ...spans]}
        popupMatchSelectWidth={false}
        onChange={(span: string) => {
          const [start, end] = span.split(' ');
          if (start && end) onChange(start, end);
        }}
      />
      <Select
        aria-label={t('overview.firstMonth')}
        value={from}
        options={options((m) => m <= to)}
        popupMatchSelectWidth={false}
        onChange={(m: string) => onChange(m, to)}
      />
      <Select
        aria-label={t('overview.finalMonth')}
        value={to}
        options={options((m) => m >= from)}
        popupMatchSelectWidth={false}
        onChange={(m: string) => onChange(from, m)}
      />
    </Space.Compact>
  );
}
