import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DiagnosisForecast, DiagnosisInput, DiagnosisPart, Spread } from '../../api/diagnosis';
import { useFormat } from '../../app/useFormat';
import { Figure } from '../../ui/Figure';
import { BalanceChart } from './BalanceChart';

interface Props {
  forecast: DiagnosisForecast;
  business: DiagnosisInput['business'];
  /** What stands there belongs to an earlier input. */
  stale: boolean;
  parts: DiagnosisPart[];
}

const looks = { pays: 'success', open: 'info', pays_not: 'warning' } as const;

/** What it comes to: in words, in ranges, month by month, and what it hangs on. */
export function ForecastView({ forecast: x, business, stale, parts }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const money = (n: number) => f.money(Math.round(n), x.currency);
  const range = (s: Spread, say: (n: number) => string) => t('diagnosis.from', { low: say(s.low), high: say(s.high) });
  const last = x.months[x.months.length - 1];
  const month = (n: number) => (n === 0 ? t('diagnosis.notWithin') : t('diagnosis.month', { n }));
  const facts = [
    { of: 'chance', label: t('diagnosis.chance'), value: f.share(x.chance, 0), help: t('diagnosis.chanceText', { months: x.months.length }) },
    { of: 'break_even', label: t('diagnosis.breakEven'), value: month(x.break_even.mid), help: x.break_even.low > 0 ? t('diagnosis.from', { low: month(x.break_even.low), high: month(x.break_even.high) }) : t('diagnosis.neverInTen') },
    { of: 'months.members', label: t('diagnosis.members'), value: last ? f.number(Math.round(last.members.mid)) : '—', help: last && range(last.members, (n) => f.number(Math.round(n))) },
    { of: 'per_member', label: t('diagnosis.perMember'), value: money(x.per_member.mid), help: t('diagnosis.costMember', { cost: money(x.cost_member.mid) }) },
    { of: 'extra_cost', label: t('diagnosis.extraCost'), value: money(x.extra_cost.mid), help: t('diagnosis.platformCost', { cost: money(business.cost_minor) }) },
    { of: 'return', label: t('diagnosis.return'), value: f.share(x.return.mid, 0), help: range(x.return, (n) => f.share(n, 0)) },
  ];
  const weakest = parts.find((p) => p.key === x.weakest)?.text ?? '';
  const strongest = Math.max(0.01, ...x.drivers.map((d) => Math.abs(d.correlation)));
  const name = (key: string) => x.assumptions.find((a) => a.key === key)?.name ?? key;
  return (
    <>
      <Alert type={looks[x.verdict]} showIcon title={t(`diagnosis.verdict.${x.verdict}`, { months: x.months.length })} description={stale ? t('diagnosis.stale') : t('diagnosis.honest')} />
      <section className="fp-diagnosis-box" aria-label={t('diagnosis.forecast')}>
        <h2>{t('diagnosis.forecast')}</h2>
        <dl className="fp-diagnosis-facts">
          {facts.map((y) => (
            <div key={y.label}>
              <dt>{y.label}</dt>
              <dd>
                <b>
                  <Figure of={`diagnosis.${y.of}`} value={y.value} note={t('diagnosis.honest')} />
                </b>
                <span className="fp-muted fp-small">{y.help}</span>
              </dd>
            </div>
          ))}
        </dl>
        <h3>
          <Figure of="diagnosis.months.balance" value={t('diagnosis.balance')} />
        </h3>
        <BalanceChart forecast={x} />
        <p className="fp-muted fp-small">{t('diagnosis.balanceText')}</p>
      </section>
      <section className="fp-diagnosis-box" aria-label={t('diagnosis.drivers')}>
        <h2>{t('diagnosis.drivers')}</h2>
        <p className="fp-muted">{t('diagnosis.driversText')}</p>
        <ul className="fp-diagnosis-drivers">
          {x.drivers.slice(0, 6).map((d) => (
            <li key={d.key}>
              <span>{name(d.key)}</span>
              <i className={d.correlation < 0 ? 'less' : 'more'} style={{ width: `${(Math.abs(d.correlation) / strongest) * 100}%` }} aria-hidden="true" />
              <span className="fp-muted fp-small">{t(d.correlation < 0 ? 'diagnosis.lessIsBetter' : 'diagnosis.moreIsBetter')}</span>
            </li>
          ))}
        </ul>
      </section>
      <section className="fp-diagnosis-box" aria-label={t('diagnosis.first')}>
        <h2>{t('diagnosis.first')}</h2>
        {x.first.length === 0 ? (
          <p className="fp-muted">{x.missing.length > 0 ? t('diagnosis.firstNone', { count: x.missing.length }) : t('diagnosis.firstDone')}</p>
        ) : (
          <>
            <p className="fp-muted">{t('diagnosis.weakest', { part: weakest, total: Math.round(x.total) })}</p>
            <ol>
              {x.first.map((y) => (
                <li key={y.key}>
                  {y.advice} {y.path && <Link to={y.path}>{t('diagnosis.there')}</Link>}
                </li>
              ))}
            </ol>
          </>
        )}
      </section>
    </>
  );
}
