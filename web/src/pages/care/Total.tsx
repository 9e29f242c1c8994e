import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';

/** How many there are; "10,000+" where nobody counts further. */
export function Total({ of, exact }: { of: number; exact: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  return t('care.total', { count: of }).replace(String(of), f.number(of) + (exact ? '' : '+'));
}
