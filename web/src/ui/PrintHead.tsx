import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { useMaybeMe } from '../app/me';
import { useFormat } from '../app/useFormat';
import './figure.css';

/** The line above a page on paper: whose it is and when it was printed. The page's own title and period follow. */
export function PrintHead() {
  const { t } = useTranslation();
  const f = useFormat();
  const org = useMaybeMe()?.org;
  const [at, setAt] = useState(() => new Date().toISOString());
  useEffect(() => {
    const stamp = () => flushSync(() => setAt(new Date().toISOString()));
    window.addEventListener('beforeprint', stamp);
    return () => window.removeEventListener('beforeprint', stamp);
  }, []);
  return (
    <div className="fp-print-head" aria-hidden="true">
      <span>{org?.name}</span>
      <span>{t('report.printed', { at: f.dateTime(at), zone: f.timeZone })}</span>
    </div>
  );
}
