import { Link } from '@tanstack/react-router';
import { Card } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AccountReach } from '../../api/types';
import { useFormat } from '../../app/useFormat';

/** How many would be lost with one account: advice, not an alarm. */
export function ReachPanel({ reach }: { reach: AccountReach }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (reach.persons === 0) return null;
  const most = Math.max(...reach.accounts.map((a) => a.persons));
  const rows = reach.accounts.filter((a) => a.persons > 0).sort((a, b) => b.only_here - a.only_here);
  const share = reach.only_one / reach.persons;
  return (
    <Card title={t('carriers.reachTitle')}>
      <p className="fp-acc-say">
        {reach.only_one === 0
          ? t('carriers.reachSafe', { persons: f.number(reach.persons) })
          : t('carriers.reachSay', { persons: f.number(reach.persons), only: f.number(reach.only_one), share: f.share(share, 0) })}
      </p>
      <ul className="fp-acc-reach">
        {rows.map((a) => (
          <li key={a.account_id}>
            <Link to="/accounts/$accountId" params={{ accountId: a.account_id }} search={{}}>
              {a.name}
            </Link>
            <span className="fp-acc-bar" aria-hidden="true">
              <i className="all" style={{ width: `${(a.persons / most) * 100}%` }}>
                <i className="only" style={{ width: `${(a.only_here / a.persons) * 100}%` }} />
              </i>
            </span>
            <span className="fp-num">{t('carriers.reachOf', { persons: f.number(a.persons), only: f.number(a.only_here) })}</span>
          </li>
        ))}
      </ul>
      {reach.only_one > 0 && <p className="fp-muted">{t('carriers.reachAdvice')}</p>}
    </Card>
  );
}
