import { Segmented } from 'antd';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stage, StageFlow } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { stageColors } from '../../app/theme';
import { useFormat } from '../../app/useFormat';
import { stages } from '../../lib/filters';
import type { ChartOption } from '../../ui/Chart';
import { LazyChart } from '../../ui/LazyChart';
import { Legend } from '../../ui/Legend';
import { frame } from './charts';

type View = 'counts' | 'moves';

const shownIn: Record<View, readonly Stage[]> = { counts: stages, moves: ['first_order', 'repeat', 'silent', 'lost'] };

/** Into first order and repeat counts up, into silent and lost counts down. */
function movesInto(flow: StageFlow, stage: Stage): number[] {
  const sign = stage === 'silent' || stage === 'lost' ? -1 : 1;
  return flow.months.map((m) => sign * (m.moves ?? []).filter((x) => x.to === stage).reduce((sum, x) => sum + x.persons, 0));
}

export function StageFlowChart({ flow }: { flow: StageFlow }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const navigate = useNavigate();
  const [view, setView] = useState<View>('counts');
  const shown = shownIn[view];
  const nameOf = (s: Stage) => (view === 'counts' ? t(`stage.${s}`) : t(`flow.into.${s}`));
  const option = useMemo<ChartOption>(() => {
    const base = frame(look);
    const months = flow.months.map((m) => m.month);
    return {
      tooltip: { ...base.tooltip, valueFormatter: (n) => f.number(Math.abs(Number(n))) },
      grid: { left: 52, right: 8, top: 12, bottom: 26 },
      xAxis: base.category(months),
      yAxis: base.value((n) => f.compact(Math.abs(n))),
      series: shown.map((s) => ({
        type: 'bar',
        id: s,
        name: view === 'counts' ? t(`stage.${s}`) : t(`flow.into.${s}`),
        stack: 'all',
        barMaxWidth: 34,
        itemStyle: { color: stageColors[s][look] },
        cursor: view === 'counts' ? 'pointer' : 'default',
        data: view === 'counts' ? flow.months.map((m) => m.counts?.[s] ?? 0) : movesInto(flow, s),
      })),
    };
  }, [flow, shown, view, f, look, t]);
  return (
    <>
      <div className="fp-chart-tools">
        <Segmented<View>
          size="small"
          value={view}
          onChange={setView}
          options={[
            { value: 'counts', label: t('flow.counts') },
            { value: 'moves', label: t('flow.moves') },
          ]}
        />
        <span className="fp-muted fp-small">{t(view === 'counts' ? 'flow.countsNote' : 'flow.movesNote')}</span>
      </div>
      <Legend items={shown.map((s) => ({ name: nameOf(s), color: stageColors[s][look] }))} />
      <LazyChart
        option={option}
        height={258}
        label={t('flow.label')}
        onClick={({ series }) => {
          if (view === 'counts') void navigate({ to: '/customers', search: { stage: series } });
        }}
      />
    </>
  );
}
