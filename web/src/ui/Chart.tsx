import { BarChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core';
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

use([BarChart, GridComponent, TooltipComponent, SVGRenderer]);

/** Bars are always there; a page that draws lines brings them along (use of echarts/core). */
export type ChartOption = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption>;

interface Props {
  option: ChartOption;
  height: number;
  /** What the chart shows, for who cannot see it. */
  label: string;
  onClick?: (at: { index: number; series: string }) => void;
}

/** A chart that follows its container's width. Options replace each other whole. */
export function Chart({ option, height, label, onClick }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const click = useRef(onClick);
  click.current = onClick;

  useEffect(() => {
    if (!element.current) return;
    const instance = init(element.current, undefined, { renderer: 'svg' });
    chart.current = instance;
    instance.on('click', (p) => click.current?.({ index: p.dataIndex ?? 0, series: String(p.seriesId ?? '') }));
    const watch = new ResizeObserver(() => instance.resize());
    watch.observe(element.current);
    return () => {
      watch.disconnect();
      instance.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption({ ...option, animation: false }, true);
  }, [option]);

  return <div ref={element} style={{ height, width: '100%' }} role="img" aria-label={label} />;
}
