import { Card, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { By, CurveRow, Curves, EconomicsPeople } from '../../api/economics';
import { usePreferences } from '../../app/preferences';
import { chartColors } from '../../app/theme';
import { useFormat } from '../../app/useFormat';
import type { ChartOption } from '../../ui/Chart';
import { LazyChart } from '../../ui/LazyChart';
import { Figure } from '../../ui/Figure';
import { Legend } from '../../ui/Legend';
import { frame } from '../overview/charts';
import { useRowName } from './pieces';

interface Props {
  data: Curves;
  by: By;
  open: (who: EconomicsPeople) => void;
  asOf: string;
}

const shown = 13;

/** When what people cost has come back: of everybody or of one row. */
export function PaybackCard({ data, by, asOf }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const { look } = usePreferences();
  const nameOf = useRowName(by);
  const [key, setKey] = useState<string>();
  const chosen = data.rows.find((r) => r.key === key);
  const row: CurveRow = chosen ?? data.total;
  const cells = useMemo(() => row.cells.slice(0, 25), [row]); // two years; later months say little
  const margin = data.margin_bp !== null;
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const money = (n: number) => f.money(n, data.currency);
    const short = (k: number) => (k === 0 ? t('economics.sameMonth') : t('economics.short', { count: k }));
    const line = (label: string, value: string) => `<div style="display:flex;justify-content:space-between;gap:24px"><span>${label}</span><b>${value}</b></div>`;
    const cost = cells.map((c) => (c.cost_minor > 0 ? Math.round(c.cost_minor / c.of) : null));
    return {
      tooltip: {
        ...base.tooltip,
        axisPointer: { type: 'line' },
        formatter: (params) => {
          const c = cells[(Array.isArray(params) ? params[0] : params)?.dataIndex ?? 0];
          if (!c) return '';
          return [
            c.offset === 0 ? t('economics.sameMonth') : t('economics.monthsLater', { count: c.offset }),
            line(t('economics.curvePerson'), money(c.per_person_minor)),
            ...(c.profit_per_person_minor !== null ? [line(t('economics.curveProfit'), money(c.profit_per_person_minor))] : []),
            ...(c.cost_minor > 0 ? [line(t('economics.curveCost'), money(Math.round(c.cost_minor / c.of)))] : []),
            line('', t('economics.curvePeople', { persons: f.number(c.of) })),
          ].join('');
        },
      },
      grid: { left: 72, right: 24, top: 10, bottom: 24 },
      xAxis: { ...base.category(cells.map((c) => short(c.offset))), boundaryGap: cells.length < 2 },
      yAxis: base.value((n) => f.moneyCompact(n, data.currency)),
      series: [
        { type: 'line', id: 'net', data: cells.map((c) => c.per_person_minor), itemStyle: { color: base.colors.main }, lineStyle: { width: 2.5 }, symbol: 'circle', symbolSize: cells.length < 25 ? 6 : 0 },
        ...(margin ? [{ type: 'line' as const, id: 'profit', data: cells.map((c) => c.profit_per_person_minor ?? 0), itemStyle: { color: base.colors.soft }, lineStyle: { width: 2 }, symbol: 'none' as const }] : []),
        { type: 'line', id: 'cost', data: cost, itemStyle: { color: base.colors.accent }, lineStyle: { width: 1.5, type: 'dashed' }, symbol: 'none' },
      ],
    };
  }, [cells, data.currency, f, look, margin, t]);
  const back = row.paid_back_in;
  const name = chosen ? nameOf(chosen) : t('economics.total');
  return (
    <Card
      title={t('economics.curveTitle')}
      extra={
        <Select
          size="small"
          className="fp-economics-pick fp-no-print"
          aria-label={t('economics.curveOf')}
          value={key ?? 'total'}
          options={[{ value: 'total', label: t('economics.total') }, ...data.rows.filter((r) => r.persons > 0).map((r) => ({ value: `row ${r.key}`, label: nameOf(r) }))]}
          onChange={(v: string) => setKey(v === 'total' ? undefined : v.slice(4))}
        />
      }
    >
      <div className="fp-stack" data-payback={back.count ?? ''}>
        <span>
          {back.count === null
            ? t('economics.curveNot', { name, why: back.why })
            : t('economics.curveBack', { name, when: back.count === 0 ? t('economics.paidBackAtOnce') : t('economics.paidBackAt', { count: back.count }) })}
        </span>
        <Legend
          items={[
            { name: t('economics.curvePerson'), color: chartColors[look].main, figure: <Figure of="economics.curves.per_person_minor" value={t('economics.curvePerson')} period={data.period} countedTo={asOf} /> },
            ...(margin ? [{ name: t('economics.curveProfit'), color: chartColors[look].soft }] : []),
            { name: t('economics.curveCost'), color: chartColors[look].accent, figure: <Figure of="economics.cac" value={t('economics.curveCost')} period={data.period} countedTo={asOf} /> },
          ]}
        />
        {cells.length > 0 && <LazyChart option={option} height={230} label={t('economics.curveLabel')} />}
        <span className="fp-muted fp-small">{t('economics.curveHow')}</span>
      </div>
    </Card>
  );
}

/** Who of each row's people bought in each month since they came. */
export function CohortCard({ data, by, open, asOf }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const nameOf = useRowName(by);
  const rows = data.rows.filter((r) => r.persons > 0);
  const best = Math.max(0.01, ...rows.flatMap((r) => r.cells.filter((c) => c.offset > 0).map((c) => c.share)));
  const longest = Math.min(shown, 1 + Math.max(0, ...rows.flatMap((r) => r.cells.map((c) => c.offset))));
  const line = (r: CurveRow, name: string, total: boolean) => (
    <tr key={total ? 'total' : `row ${r.key}`} className={total ? 'fp-total' : undefined}>
      <th scope="row" style={by === 'channel' && !total ? { paddingLeft: 8 + Math.max(0, r.path.length - 1) * 14 } : undefined}>
        {name}
      </th>
      <td className="fp-num fp-right">{f.number(r.persons)}</td>
      {Array.from({ length: longest }, (_, k) => {
        const c = r.cells.find((x) => x.offset === k);
        if (!c) return <td key={k} className="none" />;
        const label = t('economics.cohortCell', { name, count: k, of: f.number(c.of), persons: f.number(c.persons) });
        const strength = k === 0 ? 0 : Math.min(1, c.share / best);
        return (
          <td key={k} className="fp-num fp-right" style={{ background: `rgba(var(--fp-heat), ${(strength * 0.42).toFixed(3)})` }}>
            {c.persons === 0 ? (
              <span title={label}>{f.share(0, 0)}</span>
            ) : (
              <button
                type="button"
                className="fp-count fp-num"
                title={label}
                aria-label={`${f.share(c.share, 0)} · ${label}`}
                onClick={() => open({ from: data.period.from, to: data.period.to, by, ...(total ? {} : { key: r.key }), figure: 'cohort', offset: k })}
              >
                {f.share(c.share, 0)}
              </button>
            )}
          </td>
        );
      })}
    </tr>
  );
  return (
    <Card title={t('economics.cohortTitle')}>
      <div className="fp-chart-tools">
        <span className="fp-muted fp-small">{t('economics.cohortNote')}</span>
      </div>
      <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('economics.cohortTitle')}>
        <table className="fp-cohorts" data-cohorts="">
          <thead>
            <tr>
              <th scope="col">{t(`economics.ways.${by}`)}</th>
              <th scope="col" className="fp-right">
                <Figure of="economics.persons" value={t('economics.col.persons')} period={data.period} countedTo={asOf} />
              </th>
              {Array.from({ length: longest }, (_, k) => (
                <th key={k} scope="col" className="fp-right">
                  <Figure of="economics.curves.share" value={k === 0 ? t('economics.sameMonth') : t('economics.short', { count: k })} period={data.period} countedTo={asOf} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => line(r, nameOf(r), false))}
            {line(data.total, t('economics.total'), true)}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
