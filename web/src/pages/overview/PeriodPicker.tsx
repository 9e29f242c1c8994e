import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { addMonths } from '../../lib/zone';

interface Props {
  from: string;
  to: string;
  /** The first and the last month with data. */
  first: string;
  last: string;
  onChange: (from: string, to: string) => void;
}

/** Whole months of the org's time zone; presets count back from the last month with data. */
export function PeriodPicker({ from, to, first, last, onChange }: Props) {
  const { t } = useTranslation();
  const back = (n: number) => {
    const start = addMonths(last, 1 - n);
    return start < first ? first : start;
  };
  return (
    <DatePicker.RangePicker
      picker="month"
      allowClear={false}
      value={[dayjs(`${from}-01`), dayjs(`${to}-01`)]}
      minDate={dayjs(`${first}-01`)}
      maxDate={dayjs(`${last}-01`)}
      aria-label={t('overview.pickPeriod')}
      presets={[
        { label: t('overview.lastMonth'), value: [dayjs(`${last}-01`), dayjs(`${last}-01`)] },
        ...[3, 6, 12].map((n) => ({
          label: t('overview.lastMonths', { count: n }),
          value: [dayjs(`${back(n)}-01`), dayjs(`${last}-01`)] as [dayjs.Dayjs, dayjs.Dayjs],
        })),
        { label: t('overview.allMonths'), value: [dayjs(`${first}-01`), dayjs(`${last}-01`)] },
      ]}
      onChange={(value) => {
        const [start, end] = value ?? [];
        if (start && end) onChange(start.format('YYYY-MM'), end.format('YYYY-MM'));
      }}
    />
  );
}
