import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ValueValidation } from '../../api/value';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import type { ChartOption } from '../../ui/Chart';
import { LazyChart } from '../../ui/LazyChart';
import { frame } from '../overview/charts';

/** Repeat purchases so far, week by week: what came, and what the model expected. The later part is shaded. */
export function TrackingChart({ of: v, model }: { of: ValueValidation; model: string }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const points = v.tracking ?? [];
    const later = points.findIndex((p) => p.later);
    return {
      tooltip: {
        ...base.tooltip,
        axisPointer: { type: 'line' },
        formatter: (params) => {
          const first = Array.isArray(params) ? params[0] : params;
          const p = points[first?.dataIndex ?? 0];
          if (!p) return '';
          const line = (label: string, n: number) => `<div style="display:flex;justify-content:space-between;gap:24px"><span>${label}</span><b>${f.number(Math.round(n))}</b></div>`;
          return [`${p.day} · ${t(p.later ? 'value.holdout' : 'value.calibration')}`, line(t('value.actual'), p.actual), line(t('value.expected'), p.expected[model] ?? 0)].join('');
        },
      },
      grid: { left: 56, right: 12, top: 12, bottom: 28 },
      xAxis: ((axis) => ({ ...axis, axisLabel: { ...axis.axisLabel, interval: Math.max(0, Math.ceil(points.length / 5) - 1) } }))(base.category(points.map((p) => p.day))),
      yAxis: base.value((n) => f.compact(n)),
      series: [
        { type: 'line', id: 'actual', data: points.map((p) => p.actual), showSymbol: false, lineStyle: { color: base.colors.main, width: 2 }, itemStyle: { color: base.colors.main } },
        { type: 'line', id: 'expected', data: points.map((p) => p.expected[model] ?? null), showSymbol: false, lineStyle: { color: base.colors.text, width: 2, type: 'dashed' }, itemStyle: { color: base.colors.text } },
        {
          type: 'line',
          id: 'later',
          data: points.map((_, i) => (later >= 0 && i >= later ? Math.max(...points.map((p) => Math.max(p.actual, p.expected[model] ?? 0))) : null)),
          showSymbol: false,
          silent: true,
          lineStyle: { opacity: 0 },
          areaStyle: { color: base.colors.soft, opacity: 0.25 },
        },
      ],
    };
  }, [v, model, f, look, t]);
  return <LazyChart option={option} height={260} label={t('value.tracking')} />;
}
