import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { DiagnosisForecast } from '../../api/diagnosis';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import type { ChartOption } from '../../ui/Chart';
import { LazyChart } from '../../ui/LazyChart';
import { frame } from '../overview/charts';

/** The balance of all months so far: the middle as a line, eight in ten draws as a band around it. */
export function BalanceChart({ forecast: x }: { forecast: DiagnosisForecast }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const compact = (n: number) => f.moneyCompact(n, x.currency);
    const band = { type: 'line' as const, stack: 'band', stackStrategy: 'all' as const, showSymbol: false, lineStyle: { opacity: 0 } };
    return {
      tooltip: {
        ...base.tooltip,
        axisPointer: { type: 'line' },
        formatter: (params) => {
          const first = Array.isArray(params) ? params[0] : params;
          const m = x.months[first?.dataIndex ?? 0];
          if (!m) return '';
          const line = (label: string, value: string) => `<div style="display:flex;justify-content:space-between;gap:24px"><span>${label}</span><b>${value}</b></div>`;
          return [
            t('diagnosis.month', { n: m.month }),
            line(t('diagnosis.range.likely'), compact(m.balance.mid)),
            line(t('diagnosis.range.low'), compact(m.balance.low)),
            line(t('diagnosis.range.high'), compact(m.balance.high)),
            line(t('diagnosis.members'), f.compact(m.members.mid)),
            line(t('diagnosis.costOfMonth'), compact(m.cost.mid)),
          ].join('');
        },
      },
      grid: { left: 72, right: 12, top: 12, bottom: 28 },
      xAxis: base.category(x.months.map((m) => String(m.month))),
      yAxis: base.value(compact),
      series: [
        { ...band, id: 'low', data: x.months.map((m) => m.balance.low) },
        { ...band, id: 'band', data: x.months.map((m) => m.balance.high - m.balance.low), areaStyle: { color: base.colors.soft, opacity: 0.5 } },
        { type: 'line', id: 'mid', data: x.months.map((m) => m.balance.mid), showSymbol: false, lineStyle: { color: base.colors.main, width: 2 }, itemStyle: { color: base.colors.main } },
      ],
    };
  }, [x, f, look, t]);
  return <LazyChart option={option} height={240} label={t('diagnosis.balance')} />;
}
