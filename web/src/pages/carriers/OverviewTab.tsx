import { CheckCircleFilled } from '@ant-design/icons';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Card } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, AccountHealth } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { ProblemList } from './HealthText';
import { hasMembers } from './kinds';

interface Props {
  account: Account;
  health: UseQueryResult<AccountHealth>;
  write: boolean;
}

/** What is wrong, then the figures behind it. */
export function OverviewTab({ account: a, health, write }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const reach = useQuery({ queryKey: ['carriers', 'reach'], queryFn: carriers.reach });
  if (health.isError) return <ProblemView error={health.error} onRetry={() => void health.refetch()} />;
  if (!health.data) return <Loading rows={8} />;
  const h = health.data;
  const here = reach.data?.accounts.find((r) => r.account_id === a.id);
  const to = (tab: string, more: Record<string, string> = {}) => ({ to: '/accounts/$accountId' as const, params: { accountId: a.id }, search: { tab, ...more } });
  const number = (n: number) => <span className="fp-num">{f.number(n)}</span>;
  const figures: [string, React.ReactNode][] = [
    [t('carriers.friends'), a.can.includes('receive') ? <Link {...to('contacts', { status: 'friend' })}>{number(h.friends)}</Link> : number(h.friends)],
    ...(here && here.persons > 0 ? ([[t('carriers.onlyHere'), number(here.only_here)]] as [string, React.ReactNode][]) : []),
    ...(hasMembers(a) ? ([[t('carriers.lastSync'), h.last_sync_at ? <Link {...to('syncs')}><TimeText at={h.last_sync_at} /></Link> : t('carriers.never')]] as [string, React.ReactNode][]) : []),
    ...(a.callback_url ? ([[t('carriers.lastCallback'), h.last_callback_at ? <Link {...to('callbacks')}><TimeText at={h.last_callback_at} /></Link> : t('carriers.never')]] as [string, React.ReactNode][]) : []),
    [t('carriers.calls'), <span key="c">{number(h.calls)} {h.failed > 0 && <span className="fp-no fp-small">{t('carriers.callsFailed', { number: f.number(h.failed) })}</span>}</span>],
  ];
  const rows: [string, React.ReactNode, string][] = [
    [t('carriers.token'), h.token_expires_at ? <span key="t">{t('carriers.tokenUntil')} <TimeText at={h.token_expires_at} /></span> : t('carriers.tokenNone'), t('carriers.tokenWhy')],
    [t('carriers.quota'), h.quota_api ? t('carriers.quotaBoth', { api: h.quota_api, minute: f.number(h.quota_minute_left), hour: f.number(h.quota_hour_left) }) : t('carriers.quotaUnused'), t('carriers.quotaHelp')],
    ...(a.callback_url
      ? ([
          [t('carriers.callbacksWaiting'), h.callbacks_waiting > 0 ? <Link key="w" {...to('callbacks', { status: 'stored' })}>{f.number(h.callbacks_waiting)}</Link> : f.number(0), ''],
          [t('carriers.callbacksFailed'), h.callbacks_failed > 0 ? <Link key="f" {...to('callbacks', { status: 'failed' })}>{f.number(h.callbacks_failed)}</Link> : f.number(0), ''],
          [t('carriers.callbacksUnknown'), h.callbacks_unknown > 0 ? <Link key="u" {...to('callbacks', { status: 'unknown' })}>{f.number(h.callbacks_unknown)}</Link> : f.number(0), t('carriers.unknownWhy')],
        ] as [string, React.ReactNode, string][])
      : []),
    ...(a.can.includes('welcome') ? ([[t('carriers.welcomesMissed'), f.number(h.welcomes_missed), t('carriers.welcomesWhy')]] as [string, React.ReactNode, string][]) : []),
    ...(hasMembers(a)
      ? ([
          [t('carriers.profilesDue'), f.number(h.profiles_due), t('carriers.profilesWhy')],
          [t('carriers.unmatched'), h.unmatched_staff > 0 ? <Link key="m" {...to('members', { only: 'unmatched' })}>{f.number(h.unmatched_staff)}</Link> : f.number(0), t('carriers.unmatchedWhy')],
        ] as [string, React.ReactNode, string][])
      : []),
    [t('carriers.secretEnds'), h.secret_expires_at ? <TimeText key="s" at={h.secret_expires_at} exact /> : write ? <Link key="s" {...to('settings')}>{t('carriers.noteIt')}</Link> : t('carriers.notNoted'), t('carriers.secretWhy')],
  ];
  return (
    <div className="fp-stack">
      {a.status === 'disabled' ? (
        <Alert type="warning" showIcon title={t('carriers.isDisabled')} description={t('carriers.isDisabledText')} action={write && <Link {...to('settings')}>{t('carriers.tabSettings')}</Link>} />
      ) : h.problems.length === 0 ? (
        <p className="fp-acc-fine">
          <CheckCircleFilled className="fp-acc-ok" /> {t('carriers.allWell')}
        </p>
      ) : (
        <Card title={t('carriers.problems')} styles={{ body: { padding: '4px 16px' } }}>
          <ProblemList account={a} health={h} />
        </Card>
      )}
      <dl className="fp-figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Card title={t('carriers.details')}>
        <dl className="fp-acc-rows">
          {rows.map(([label, value, why]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
              <dd className="fp-muted fp-small">{why}</dd>
            </div>
          ))}
          <div>
            <dt>{t('carriers.canDo')}</dt>
            <dd className="wide">{a.can.map((c) => t(`carriers.can.${c}`, { defaultValue: c })).join(t('common.listSeparator'))}</dd>
          </div>
        </dl>
      </Card>
    </div>
  );
}
