import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { chartColors } from '../../app/theme';
import type { ChartOption } from '../../ui/Chart';
import { LazyChart } from '../../ui/LazyChart';
import { Figure } from '../../ui/Figure';
import { Legend } from '../../ui/Legend';
import { frame } from './charts';

/** Sales above, orders below, over the same months: two scales, so two panels. */
export function SalesChart({ data }: { data: Overview }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const months = data.months.map((m) => m.month);
    return {
      tooltip: {
        ...base.tooltip,
        formatter: (params) => {
          const first = Array.isArray(params) ? params[0] : params;
          const m = data.months[first?.dataIndex ?? 0];
          if (!m) return '';
          const line = (label: string, value: string) =>
            `<div style="display:flex;justify-content:space-between;gap:24px"><span>${label}</span><b>${value}</b></div>`;
          return [
            m.month,
            line(t('stat.gmv'), f.money(m.gmv_minor, data.currency)),
            line(t('stat.refunded'), f.money(m.refunded_minor, data.currency)),
            line(t('stat.orders'), f.number(m.orders)),
            line(t('stat.buyers'), f.number(m.buyers)),
            line(t('stat.newPersons'), f.number(m.new_persons)),
          ].join('');
        },
      },
      grid: [
        { left: 64, right: 8, top: 10, height: 160 },
        { left: 64, right: 8, top: 204, height: 74 },
      ],
      xAxis: [
        { ...base.category(months), gridIndex: 0, axisLabel: { show: false } },
        { ...base.category(months), gridIndex: 1 },
      ],
      yAxis: [
        { ...base.value((n) => f.moneyCompact(n, data.currency)), gridIndex: 0 },
        { ...base.value((n) => f.compact(n)), gridIndex: 1, splitNumber: 2, name: t('stat.orders'), nameTextStyle: { ...base.font, align: 'left' }, nameGap: 8 },
      ],
      series: [
        {
          type: 'bar',
          id: 'gmv',
          name: t('stat.gmv'),
          xAxisIndex: 0,
          yAxisIndex: 0,
          data: data.months.map((m) => m.gmv_minor),
          itemStyle: { color: base.colors.main },
          barMaxWidth: 26,
        },
        {
          type: 'bar',
          id: 'refunded',
          name: t('stat.refunded'),
          xAxisIndex: 0,
          yAxisIndex: 0,
          data: data.months.map((m) => m.refunded_minor),
          itemStyle: { color: base.colors.accent },
          barMaxWidth: 26,
        },
        {
          type: 'bar',
          id: 'orders',
          name: t('stat.orders'),
          xAxisIndex: 1,
          yAxisIndex: 1,
          data: data.months.map((m) => m.orders),
          itemStyle: { color: base.colors.soft },
          barMaxWidth: 26,
        },
      ],
    };
  }, [data, f, look, t]);
  const of = (key: string, name: string) => <Figure of={`overview.months.${key}`} value={name} period={data.period} countedTo={data.counted_to} />;
  return (
    <>
      <Legend
        items={[
          { name: t('stat.gmv'), color: chartColors[look].main, figure: of('gmv_minor', t('stat.gmv')) },
          { name: t('stat.refunded'), color: chartColors[look].accent, figure: of('refunded_minor', t('stat.refunded')) },
          { name: t('stat.orders'), color: chartColors[look].soft, figure: of('orders', t('stat.orders')) },
        ]}
      />
      <LazyChart option={option} height={306} label={t('sales.label')} />
    </>
  );
}
