import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { change } from '../../lib/format';
import { dayOf } from '../../lib/zone';
import { Figure } from '../../ui/Figure';

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

type Of = 'persons' | 'new_persons' | 'buyers' | 'gmv_minor' | 'orders' | 'average_order_minor' | 'repurchase_rate' | 'refunded_minor';

function Stat({ of, data, label, value, trend, to }: { of: Of; data: Overview; label: string; value: string; trend?: ReactNode; to?: Record<string, string> }) {
  return (
    <div className="fp-stat">
      <span className="fp-stat-label">{label}</span>
      <Figure of={`overview.${of}`} className="fp-stat-value" value={value} period={data.period} countedTo={data.counted_to} people={to && { to: '/customers', search: to }} />
      <span className="fp-stat-trend">{trend}</span>
    </div>
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
        of="persons"
        data={data}
        label={t('stat.persons')}
        value={f.number(data.persons)}
        to={{}}
        trend={<Trend now={data.persons} before={before?.persons} />}
      />
      <Stat
        of="new_persons"
        data={data}
        label={t('stat.newPersons')}
        value={f.number(data.new_persons)}
        to={{ created_from: first, created_to: last, sort: '-created_at' }}
        trend={<Trend now={data.new_persons} before={before?.new_persons} />}
      />
      <Stat
        of="buyers"
        data={data}
        label={t('stat.buyers')}
        value={f.number(data.buyers)}
        to={toLast ? { last_order_from: first } : undefined}
        trend={<Trend now={data.buyers} before={before?.buyers} />}
      />
      <Stat
        of="gmv_minor"
        data={data}
        label={t('stat.gmv')}
        value={money(data.gmv_minor)}
        trend={<Trend now={data.gmv_minor} before={before?.gmv_minor} />}
      />
      <Stat
        of="orders"
        data={data}
        label={t('stat.orders')}
        value={f.number(data.orders)}
        trend={<Trend now={data.orders} before={before?.orders} />}
      />
      <Stat
        of="average_order_minor"
        data={data}
        label={t('stat.average')}
        value={money(data.average_order_minor)}
        trend={<Trend now={data.average_order_minor} before={before?.average_order_minor} />}
      />
      <Stat
        of="repurchase_rate"
        data={data}
        label={t('stat.repurchase')}
        value={f.share(data.repurchase_rate)}
        trend={<Trend now={data.repurchase_rate} before={before?.repurchase_rate} points />}
      />
      <Stat
        of="refunded_minor"
        data={data}
        label={t('stat.refunded')}
        value={money(data.refunded_minor)}
        trend={t('stat.refundCount', { count: data.refunds, number: f.number(data.refunds) })}
      />
    </section>
  );
}
