import { CheckCircleFilled, ClockCircleOutlined, CloseCircleFilled, ExclamationCircleFilled, PauseCircleOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Account, AccountHealth } from '../../api/types';

const signs = {
  ok: <CheckCircleFilled className="fp-acc-ok" />,
  warning: <ExclamationCircleFilled className="fp-acc-warning" />,
  failing: <CloseCircleFilled className="fp-acc-failing" />,
  new: <ClockCircleOutlined className="fp-muted" />,
  disabled: <PauseCircleOutlined className="fp-muted" />,
};

export type Standing = keyof typeof signs;

/** How an account is: disabled goes before everything, the last look before the one of some minutes ago. */
export function standingOf(a: Account, h: AccountHealth | undefined): Standing {
  return a.status === 'disabled' ? 'disabled' : (h?.health ?? a.health);
}

export function HealthBadge({ standing }: { standing: Standing }) {
  const { t } = useTranslation();
  return (
    <span className="fp-acc-standing" data-standing={standing}>
      {signs[standing]} {t(`carriers.health_${standing}`)}
    </span>
  );
}

/** The state in a word and, when something is wrong, the worst of it as a sentence. */
export function HealthLine({ account: a, health: h }: { account: Account; health?: AccountHealth }) {
  const { t } = useTranslation();
  const standing = standingOf(a, h);
  const [worst, ...others] = standing === 'disabled' ? [] : (h?.problems ?? []);
  return (
    <span className="fp-acc-health">
      <HealthBadge standing={standing} />
      {worst && <span className="fp-small">{worst.text}</span>}
      {others.length > 0 && (
        <Tooltip title={others.map((p) => p.text).join(t('carriers.sentences'))}>
          <span className="fp-muted fp-small">{t('carriers.moreProblems', { count: others.length })}</span>
        </Tooltip>
      )}
    </span>
  );
}

type Way = { to: 'tab'; tab: string; status?: string } | { to: 'connect'; step: string };

/** Where somebody mends what is wrong; what heals by itself or elsewhere is not named. */
const ways: Partial<Record<string, Way>> = {
  platform_error: { to: 'tab', tab: 'settings' },
  secret_expired: { to: 'tab', tab: 'settings' },
  secret_expiring: { to: 'tab', tab: 'settings' },
  no_owner: { to: 'tab', tab: 'settings' },
  callbacks_failed: { to: 'tab', tab: 'callbacks', status: 'failed' },
  callbacks_waiting: { to: 'tab', tab: 'callbacks', status: 'stored' },
  no_callbacks: { to: 'connect', step: 'callback' },
  no_visits: { to: 'connect', step: 'embed' },
  not_synced: { to: 'tab', tab: 'syncs' },
  staff_unmatched: { to: 'tab', tab: 'members' },
};

/** Everything that is wrong with an account, each with what it means and where to mend it. */
export function ProblemList({ account: a, health: h }: { account: Account; health: AccountHealth }) {
  const { t } = useTranslation();
  return (
    <ul className="fp-acc-problems" aria-label={t('carriers.problems')}>
      {h.problems.map((p) => {
        const way = ways[p.code];
        const action = t(`carriers.mend.${p.code}`, { defaultValue: '' });
        return (
          <li key={p.code} data-problem={p.code}>
            {signs[p.level]}
            <span className="fp-grow">
              <b>{p.text}</b>
              <span className="fp-muted">{t(`carriers.meaning.${p.code}`, { defaultValue: '' })}</span>
            </span>
            {way &&
              action &&
              (way.to === 'connect' ? (
                <Link to="/accounts/connect" search={{ account: a.id, step: way.step }}>
                  {action}
                </Link>
              ) : (
                <Link
                  to="/accounts/$accountId"
                  params={{ accountId: a.id }}
                  search={{ tab: way.tab, ...(way.status ? { status: way.status } : {}) }}
                >
                  {action}
                </Link>
              ))}
          </li>
        );
      })}
    </ul>
  );
}
