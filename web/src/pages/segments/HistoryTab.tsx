import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { chartColors } from '../../app/theme';
import { useFormat } from '../../app/useFormat';
import { Chart, type ChartOption } from '../../ui/Chart';
import { EmptyState } from '../../ui/EmptyState';
import { Legend } from '../../ui/Legend';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { frame } from '../overview/charts';

/** How many there were each day, and how many came and went. */
export function HistoryTab({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const [days, setDays] = useState(90);
  const history = useQuery({ queryKey: ['segment', segment.id, 'history', days], queryFn: () => segments.history(segment.id, days), placeholderData: (before) => before });
  const items = useMemo(() => history.data?.items ?? [], [history.data]);
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const labels = items.map((d) => d.day.slice(5));
    return {
      tooltip: {
        ...base.tooltip,
        formatter: (params) => {
          const d = items[(Array.isArray(params) ? params[0] : params)?.dataIndex ?? 0];
          if (!d) return '';
          const line = (label: string, value: string) => `<div style="display:flex;justify-content:space-between;gap:24px"><span>${label}</span><b>${value}</b></div>`;
          return [d.day, line(t('segments.size'), f.number(d.size)), line(t('segments.entered'), f.number(d.entered)), line(t('segments.left'), f.number(d.left))].join('');
        },
      },
      grid: [
        { left: 56, right: 8, top: 10, height: 170 },
        { left: 56, right: 8, top: 214, height: 88 },
      ],
      xAxis: [
        { ...base.category(labels), gridIndex: 0, axisLabel: { show: false } },
        { ...base.category(labels), gridIndex: 1 },
      ],
      yAxis: [
        { ...base.value((n) => f.compact(n)), gridIndex: 0 },
        { ...base.value((n) => f.compact(Math.abs(n))), gridIndex: 1, splitNumber: 2 },
      ],
      series: [
        { type: 'bar', id: 'size', xAxisIndex: 0, yAxisIndex: 0, barMaxWidth: 18, barCategoryGap: '22%', itemStyle: { color: base.colors.main }, data: items.map((d) => d.size) },
        { type: 'bar', id: 'entered', xAxisIndex: 1, yAxisIndex: 1, stack: 'moves', barMaxWidth: 18, barCategoryGap: '22%', itemStyle: { color: base.colors.soft }, data: items.map((d) => d.entered) },
        { type: 'bar', id: 'left', xAxisIndex: 1, yAxisIndex: 1, stack: 'moves', barMaxWidth: 18, barCategoryGap: '22%', itemStyle: { color: base.colors.accent }, data: items.map((d) => -d.left) },
      ],
    };
  }, [items, look, f, t]);
  if (history.isError) return <ProblemView error={history.error} onRetry={() => void history.refetch()} />;
  if (history.isPending) return <Loading rows={8} />;
  if (items.length === 0) return <EmptyState title={t('segments.historyNone')} text={t('segments.historyNoneText')} />;
  const c = chartColors[look];
  const sum = (pick: (d: (typeof items)[number]) => number) => items.reduce((n, d) => n + pick(d), 0);
  return (
    <div className="fp-seg-panel">
      <div className="fp-seg-history-head">
        <Legend
          items={[
            { name: t('segments.size'), color: c.main },
            { name: `${t('segments.entered')} ${f.number(sum((d) => d.entered))}`, color: c.soft },
            { name: `${t('segments.left')} ${f.number(sum((d) => d.left))}`, color: c.accent },
          ]}
        />
        <Segmented<number>
          size="small"
          value={days}
          onChange={setDays}
          aria-label={t('segments.historyDays')}
          options={[30, 90, 365].map((n) => ({ value: n, label: t('segments.days', { count: n }) }))}
        />
      </div>
      <Chart option={option} height={334} label={t('segments.historyLabel')} />
      {items.length < 7 && <p className="fp-muted fp-small">{t('segments.historyYoung')}</p>}
    </div>
  );
}
