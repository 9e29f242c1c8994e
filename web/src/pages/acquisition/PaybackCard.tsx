import { Card } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Payback } from '../../api/acquisition';
import { usePreferences } from '../../app/preferences';
import { chartColors } from '../../app/theme';
import { useFormat } from '../../app/useFormat';
import type { ChartOption } from '../../ui/Chart';
import { Legend } from '../../ui/Legend';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { frame } from '../overview/charts';
import { LazyChart } from '../../ui/LazyChart';
import { curveOf } from './reportTree';

interface Props {
  payback?: Payback;
  error?: unknown;
  onRetry: () => void;
  stale: boolean;
}

/** When people have brought back what they cost: one curve of all, a line a month below. */
export function PaybackCard({ payback, error, onRetry, stale }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const { look } = usePreferences();
  const short = useCallback((k: number) => (k === 0 ? t('payback.same') : t('payback.short', { count: k })), [t]);
  const long = useCallback((k: number) => (k === 0 ? t('payback.same') : t('payback.offset', { count: k })), [t]);
  const [chosen, setChosen] = useState('');
  const curve = useMemo(() => payback && curveOf(payback), [payback]);
  const months = useMemo(() => (payback?.months ?? []).filter((m) => m.persons > 0 || m.cost_minor > 0), [payback]);
  const one = months.find((m) => m.month === chosen);
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const money = (n: number) => f.money(n, payback?.currency);
    const points = curve?.perPerson.length ?? 0;
    return {
      tooltip: {
        ...base.tooltip,
        axisPointer: { type: 'line' },
        formatter: (params) => {
          const k = (Array.isArray(params) ? params[0] : params)?.dataIndex ?? 0;
          const line = (label: string, value: string) => `<div style="display:flex;justify-content:space-between;gap:24px"><span>${label}</span><b>${value}</b></div>`;
          return [
            long(k),
            line(t('payback.perPerson'), money(curve?.perPerson[k] ?? 0)),
            line(t('catch.cac'), money(curve?.cac[k] ?? 0)),
            line(t('catch.persons'), f.number(Math.round(curve?.persons[k] ?? 0))),
            ...(one?.cells[k]?.per_person_minor != null ? [line(one.month, money(one.cells[k].per_person_minor))] : []),
          ].join('');
        },
      },
      grid: { left: 64, right: 30, top: 10, bottom: 24 },
      xAxis: { ...base.category(Array.from({ length: points }, (_, k) => short(k))), boundaryGap: points < 2 },
      yAxis: base.value((n) => f.moneyCompact(n, payback?.currency)),
      series: [
        { type: 'line', id: 'all', data: curve?.perPerson ?? [], itemStyle: { color: base.colors.main }, lineStyle: { width: 2.5 }, symbol: 'circle', symbolSize: points < 25 ? 6 : 0 },
        { type: 'line', id: 'cac', data: curve?.cac ?? [], itemStyle: { color: base.colors.accent }, lineStyle: { width: 1.5, type: 'dashed' }, symbol: 'none' },
        ...(one ? [{ type: 'line' as const, id: 'one', data: one.cells.map((c) => c.per_person_minor ?? 0), itemStyle: { color: base.colors.soft }, lineStyle: { width: 2 }, symbol: 'none' as const }] : []),
      ],
    };
  }, [curve, f, long, look, one, payback?.currency, short, t]);
  const back = curve ? curve.perPerson.findIndex((n, k) => (curve.cac[k] ?? 0) > 0 && n >= curve.cac[k]!) : -1;
  const spent = curve?.cac.some((c) => c > 0) ?? false;
  const longest = Math.min(12, Math.max(0, ...months.map((m) => m.cells.length)));

  return (
    <Card title={t('payback.title')}>
      {error ? (
        <ProblemView error={error} onRetry={onRetry} />
      ) : !payback || !curve ? (
        <Loading />
      ) : curve.perPerson.length === 0 ? (
        <span className="fp-muted">{t('payback.none')}</span>
      ) : (
        <div className="fp-stack" aria-busy={stale}>
          <span>{!spent ? t('payback.noCost') : back < 0 ? t('payback.notYet') : back === 0 ? t('payback.atOnce') : t('payback.after', { count: back })}</span>
          <Legend
            items={[
              { name: t('payback.perPerson'), color: chartColors[look].main },
              { name: t('payback.cost'), color: chartColors[look].accent },
              ...(one ? [{ name: t('payback.only', { month: one.month }), color: chartColors[look].soft }] : []),
            ]}
          />
          <LazyChart option={option} height={230} label={t('payback.label')} />
          <span className="fp-muted fp-small">{t('payback.how')}</span>
          <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('payback.months')}>
            <table className="fp-payback">
              <thead>
                <tr>
                  <th scope="col">{t('payback.month')}</th>
                  <th scope="col">{t('catch.persons')}</th>
                  <th scope="col">{t('catch.cost')}</th>
                  <th scope="col">{t('payback.paidBack')}</th>
                  {Array.from({ length: longest }, (_, k) => (
                    <th key={k} scope="col">
                      {short(k)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {months.map((m) => (
                  <tr key={m.month} className={m.month === chosen ? 'chosen' : undefined}>
                    <th scope="row">
                      <button type="button" className="fp-text-button" aria-pressed={m.month === chosen} onClick={() => setChosen(m.month === chosen ? '' : m.month)}>
                        {m.month}
                      </button>
                    </th>
                    <td>{f.number(Math.round(m.persons * 10) / 10)}</td>
                    <td>{m.cost_minor ? f.money(m.cost_minor, payback.currency) : '—'}</td>
                    <td>{m.cost_minor === 0 ? '—' : m.paid_back_in == null ? <span className="fp-muted">{t('payback.open')}</span> : long(m.paid_back_in)}</td>
                    {Array.from({ length: longest }, (_, k) => {
                      const cell = m.cells[k];
                      const part = cell && m.cost_minor > 0 ? cell.net_minor / m.cost_minor : undefined;
                      return (
                        <td
                          key={k}
                          className={part !== undefined && part >= 1 ? 'back' : undefined}
                          style={part !== undefined ? { background: `rgba(var(--fp-heat), ${Math.max(0, Math.min(1, part)) * 0.28})` } : undefined}
                          title={cell ? f.money(cell.net_minor, payback.currency) : undefined}
                        >
                          {part !== undefined ? f.share(part, 0) : cell ? f.moneyCompact(cell.net_minor, payback.currency) : ''}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <span className="fp-muted fp-small">{t('payback.cells')}</span>
        </div>
      )}
    </Card>
  );
}
