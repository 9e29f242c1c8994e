import type { ChartOption } from '../../ui/Chart';
import { chartColors } from '../../app/theme';
import type { Look } from '../../app/preferences';

/** Axes and tooltip in the console's look; a chart adds its series. */
export function frame(look: Look) {
  const c = chartColors[look];
  const font = { color: c.text, fontSize: 12, fontFamily: 'inherit' };
  return {
    colors: c,
    font,
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: look === 'dark' ? 'rgba(255,255,255,.05)' : 'rgba(11,97,105,.06)' } },
      backgroundColor: c.surface,
      borderColor: c.grid,
      textStyle: { ...font, color: look === 'dark' ? '#e4ecec' : '#16282b' },
      confine: true,
    } satisfies ChartOption['tooltip'],
    category: (months: string[]) => ({
      type: 'category' as const,
      data: months,
      axisLine: { lineStyle: { color: c.grid } },
      axisTick: { show: false },
      axisLabel: { ...font, hideOverlap: true },
    }),
    value: (format: (n: number) => string) => ({
      type: 'value' as const,
      splitNumber: 4,
      splitLine: { lineStyle: { color: c.grid } },
      axisLabel: { ...font, formatter: format },
    }),
  };
}
