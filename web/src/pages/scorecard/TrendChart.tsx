import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scorecard, Scored } from '../../api/scorecard';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import type { ChartOption } from '../../ui/Chart';
import { LazyChart } from '../../ui/LazyChart';
import { Figure } from '../../ui/Figure';
import { Legend } from '../../ui/Legend';
import { frame } from '../overview/charts';

// One colour an element, told apart in the light and in the dark; the dash tells them apart without colour.
const colors: Record<string, { light: string; dark: string; dash: 'solid' | 'dashed' | 'dotted' }> = {
  unique: { light: '#0b6169', dark: '#37a3a8', dash: 'solid' },
  reach: { light: '#c8693a', dark: '#df8a5c', dash: 'solid' },
  cost: { light: '#7a6a1f', dark: '#c9b458', dash: 'dashed' },
  scenes: { light: '#4a5aa8', dark: '#8f9ee6', dash: 'dashed' },
  relation: { light: '#a03a6a', dark: '#dd84ad', dash: 'dotted' },
  efficiency: { light: '#4d6063', dark: '#a9b8ba', dash: 'dotted' },
};

type Months = NonNullable<Scorecard['months']>;

/** The six scores month by month: as lines, and as the table that says them exactly. */
export function TrendChart({ months, elements }: { months: Months; elements: Scored[] }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    return {
      tooltip: { ...base.tooltip, axisPointer: { type: 'line' }, valueFormatter: (v) => (typeof v === 'number' ? f.number(v) : t('scorecard.none')) },
      grid: { left: 40, right: 12, top: 12, bottom: 28 },
      xAxis: base.category(months.map((m) => m.month)),
      yAxis: { ...base.value(f.number), min: 0, max: 100, interval: 25 },
      series: elements.map((e) => {
        const c = colors[e.key];
        return {
          type: 'line' as const,
          id: e.key,
          name: e.name,
          data: months.map((m) => m.scores?.find((s) => s.key === e.key)?.score ?? null),
          symbolSize: 5,
          lineStyle: { color: c?.[look], width: 2, type: c?.dash },
          itemStyle: { color: c?.[look] },
        };
      }),
    };
  }, [months, elements, f, look, t]);
  const one = (n: number) => n.toFixed(1); // one below the other
  return (
    <section className="fp-scorecard-box" aria-label={t('scorecard.trend')}>
      <h2>{t('scorecard.trend')}</h2>
      <Legend items={elements.map((e) => ({ name: e.name, color: colors[e.key]?.[look] ?? '' }))} />
      <LazyChart option={option} height={240} label={t('scorecard.trend')} />
      <div className="fp-scorecard-scroll" role="region" tabIndex={0} aria-label={t('scorecard.trend')}>
        <table className="fp-scorecard-table">
          <thead>
            <tr>
              <th scope="col">{t('scorecard.month')}</th>
              <th scope="col" className="fp-num">
                <Figure of="scorecard.total" value={t('scorecard.total')} />
              </th>
              {elements.map((e) => (
                <th key={e.key} scope="col" className="fp-num">
                  <Figure of="scorecard.elements.score" value={e.name} />
                </th>
              ))}
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {[...months].reverse().map((m) => (
              <tr key={m.month}>
                <th scope="row">{m.month}</th>
                <td className="fp-num">{m.total === null ? t('scorecard.none') : one(m.total)}</td>
                {elements.map((e) => {
                  const s = m.scores?.find((x) => x.key === e.key);
                  return (
                    <td key={e.key} className="fp-num" title={s?.why || undefined}>
                      {s?.score == null ? t('scorecard.none') : one(s.score)}
                    </td>
                  );
                })}
                <td className="fp-muted fp-small">{m.open ? t('scorecard.open') : m.kept ? t('scorecard.kept') : t('scorecard.told')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="fp-muted fp-small">{t('scorecard.keptText')}</p>
    </section>
  );
}
