import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../../app/preferences';
import { chartColors } from '../../../app/theme';
import { Legend } from '../../../ui/Legend';
import { LazyChart } from '../../../ui/LazyChart';

/** How many came in and how many reached the goal, by day. */
export function DaysChart({ days }: { days: { day: string; entered: number; converted: number }[] }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const c = chartColors[look];
  const option = useMemo(
    () => ({
      grid: { left: 44, right: 8, top: 10, bottom: 24 },
      tooltip: { trigger: 'axis' as const },
      xAxis: { type: 'category' as const, data: days.map((d) => d.day.slice(5)), axisLabel: { color: c.text }, axisLine: { lineStyle: { color: c.grid } } },
      yAxis: { type: 'value' as const, minInterval: 1, axisLabel: { color: c.text }, splitLine: { lineStyle: { color: c.grid } } },
      series: [
        { type: 'bar' as const, name: t('journeys.entered'), data: days.map((d) => d.entered), itemStyle: { color: c.soft }, barMaxWidth: 24 },
        { type: 'bar' as const, name: t('journeys.converted'), data: days.map((d) => d.converted), itemStyle: { color: c.main }, barMaxWidth: 24 },
      ],
    }),
    [days, c, t],
  );
  return (
    <>
      <Legend
        items={[
          { name: t('journeys.entered'), color: c.soft },
          { name: t('journeys.converted'), color: c.main },
        ]}
      />
      <LazyChart option={option} height={220} label={t('journeys.report.daysLabel')} />
    </>
  );
}
