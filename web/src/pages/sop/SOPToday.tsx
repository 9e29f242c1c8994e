import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sops } from '../../api/sops';
import { useFormat } from '../../app/useFormat';
import './sop.css';

/** What SOPs wait for one to confirm in WeCom; nothing, when they wait for nothing. */
export function SOPToday() {
  const { t } = useTranslation();
  const f = useFormat();
  const asked = useQuery({ queryKey: ['sop-today'], queryFn: sops.today, refetchInterval: 60_000 });
  const items = asked.data?.confirm ?? [];
  if (items.length === 0) return null;
  return (
    <section className="fp-sop-today" aria-labelledby="sop-today">
      <h2 id="sop-today">{t('sop.todayTitle')}</h2>
      <ul>
        {items.map((i) => (
          <li key={`${i.sop_id}${i.step_id}${i.asked_at}`}>
            {t('sop.todayLine', { sop: i.sop, groups: (i.groups ?? []).join(t('common.listSeparator')) })} <span className="fp-muted">{f.relative(i.asked_at)}</span>
            <div className="fp-muted fp-sop-clip">{i.text}</div>
          </li>
        ))}
      </ul>
    </section>
  );
}
