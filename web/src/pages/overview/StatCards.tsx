import { Link } from '@tanstack/react-router';
import { Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { change } from '../../lib/format';
import { dayOf } from '../../lib/zone';

function Trend({ now, before, points }: { now: number; before?: number; points?: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const c = change(now, before);
  if (before === undefined) return <span className="fp-muted">{t('overview.noPrevious')}</span>;
  const arrow = c.direction === 'up' ? '↑' : c.direction === 'down' ? '↓' : '';
  let text: string;
  if (points) text = t('overview.points', { value: f.number(Math.round(Math.abs(now - before) * 1000) / 10) });
  else if (c.ratio === undefined) text = c.direction === 'same' ? t('overview.same') : t('overview.fromZero');
  else if (c.ratio >= 9) text = t('overview.times', { value: f.number(Math.round(c.ratio + 1)) });
  else text = c.direction === 'same' ? t('overview.same') : f.share(Math.abs(c.ratio));
  return (
    <span className={`fp-trend ${c.direction}`}>
      {arrow && <span aria-label={t(`overview.${c.direction}`)}>{arrow}</span>} {text}
    </span>
  );
}

function Stat({ label, help, value, trend, to }: { label: string; help: string; value: string; trend?: ReactNode; to?: Record<string, string> }) {
  const body = (
    <>
      <Tooltip title={help}>
        <span className="fp-stat-label">{label}</span>
      </Tooltip>
      <span className="fp-stat-value fp-num">{value}</span>
      <span className="fp-stat-trend">{trend}</span>
    </>
  );
  return to ? (
    <Link to="/customers" search={to} className="fp-stat">
      {body}
    </Link>
  ) : (
    <div className="fp-stat">{body}</div>
  );
}

/** The period's numbers, each beside the period of the same length before. */
export function StatCards({ data }: { data: Overview }) {
  const { t } = useTranslation();
  const f = useFormat();
  const before = data.previous ?? undefined;
  const zone = data.period.time_zone;
  const first = dayOf(data.period.start_at, zone);
  const last = dayOf(new Date(Date.parse(data.period.end_at) - 1000).toISOString(), zone);
  const toLast = data.period.to >= data.last_month;
  const money = (minor: number) => f.money(minor, data.currency);
  return (
    <section className="fp-stats" aria-label={t('overview.numbers')}>
      <Stat
        label={t('stat.persons')}
        help={t('stat.personsHelp')}
        value={f.number(data.persons)}
        to={{}}
        trend={<Trend now={data.persons} before={before?.persons} />}
      />
      <Stat
        label={t('stat.newPersons')}
        help={t('stat.newPersonsHelp')}
        value={f.number(data.new_persons)}
        to={{ created_from: first, created_to: last, sort: '-created_at' }}
        trend={<Trend now={data.new_persons} before={before?.new_persons} />}
      />
      <Stat
        label={t('stat.buyers')}
        help={t('stat.buyersHelp')}
        value={f.number(data.buyers)}
        to={toLast ? { last_order_from: first } : undefined}
        trend={<Trend now={data.buyers} before={before?.buyers} />}
      />
      <Stat
        label={t('stat.gmv')}
        help={t('stat.gmvHelp')}
        value={money(data.gmv_minor)}
        trend={<Trend now={data.gmv_minor} before={before?.gmv_minor} />}
      />
      <Stat
        label={t('stat.orders')}
        help={t('stat.ordersHelp')}
        value={f.number(data.orders)}
        trend={<Trend now={data.orders} before={before?.orders} />}
      />
      <Stat
        label={t('stat.average')}
        help={t('stat.averageHelp')}
        value={money(data.average_order_minor)}
        trend={<Trend now={data.average_order_minor} before={before?.average_order_minor} />}
      />
      <Stat
        label={t('stat.repurchase')}
        help={t('stat.repurchaseHelp')}
        value={f.share(data.repurchase_rate)}
        trend={<Trend now={data.repurchase_rate} before={before?.repurchase_rate} points />}
      />
      <Stat
        label={t('stat.refunded')}
        help={t('stat.refundedHelp')}
        value={money(data.refunded_minor)}
        trend={t('stat.refundCount', { count: data.refunds, number: f.number(data.refunds) })}
      />
    </section>
  );
}
