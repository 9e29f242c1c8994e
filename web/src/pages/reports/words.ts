import { useTranslation } from 'react-i18next';
import type { ReportInput } from '../../api/reports';

type Cadence = ReportInput['cadence'];

/** Hours and minutes as a wall clock shows them. */
export const clock = (c: Pick<Cadence, 'hour' | 'minute'>) => `${String(c.hour).padStart(2, '0')}:${String(c.minute ?? 0).padStart(2, '0')}`;

/** A cadence in words. */
export function useCadenceText() {
  const { t } = useTranslation();
  return (c: Cadence): string => {
    const at = clock(c);
    if (c.every === 'weekly') return t('reports.everyWeek', { day: t(`reports.weekday.d${c.weekday ?? 1}`), at });
    if (c.every === 'monthly') return t(c.day === 31 ? 'reports.everyMonthEnd' : 'reports.everyMonth', { day: c.day ?? 1, at });
    return t('reports.everyDay', { at });
  };
}

/** What stands after the question mark of an address that was pasted; the text itself where there is none. */
export function queryOf(pasted: string): string {
  const text = pasted.trim();
  const mark = text.indexOf('?');
  const query = mark >= 0 ? text.slice(mark + 1) : text.includes('=') ? text : '';
  return query.split('#')[0] ?? '';
}
