import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useReason } from '../../app/useReason';
import { byMost } from '../../lib/sending';

interface Props {
  by: Record<string, number> | null | undefined;
  /** The plan and the state whose people a click shows; without, the numbers lead nowhere. */
  plan?: string;
  status?: 'held' | 'waiting' | 'failed';
}

/** Why, and how many for each reason, the most first. */
export function Reasons({ by, plan, status }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const why = useReason();
  const may = useMay();
  const all = byMost(by);
  if (all.length === 0) return null;
  return (
    <ul className="fp-campaign-reasons" aria-label={t('campaigns.reasons')}>
      {all.map(([key, n]) => (
        <li key={key}>
          <span>{why(key)}</span>
          {plan && status && may('reach.read') ? (
            <Link to="/gate" search={{ tab: 'messages', plan, status, why: key }} className="fp-num">
              {f.number(n)}
            </Link>
          ) : (
            <b className="fp-num">{f.number(n)}</b>
          )}
        </li>
      ))}
    </ul>
  );
}
