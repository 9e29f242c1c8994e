import { useQuery } from '@tanstack/react-query';
import { Card, DatePicker } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codes as api, type Code } from '../../api/acquisition';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { dayOf } from '../../lib/zone';
import type { ChartOption } from '../../ui/Chart';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { frame } from '../overview/charts';
import { LazyChart } from '../../ui/LazyChart';
import { addDays } from './days';

/** When people come through a code: by day, and by hour of the day. */
export function CodeStatisticsCard({ code }: { code: Code }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { look } = usePreferences();
  const today = dayOf(new Date().toISOString(), f.timeZone);
  const [span, setSpan] = useState<[string, string]>([addDays(today, -29), today]);
  const stats = useQuery({
    queryKey: ['code', code.id, 'statistics', span],
    queryFn: () => api.statistics(code.id, { from: span[0], to: span[1] }),
    placeholderData: (before) => before,
    refetchInterval: 30_000,
  });
  const data = stats.data;
  const bars = useMemo(() => {
    const base = frame(look);
    const option = (names: string[], values: number[], full: (i: number) => string): ChartOption => ({
      tooltip: {
        ...base.tooltip,
        formatter: (params) => {
          const i = (Array.isArray(params) ? params[0] : params)?.dataIndex ?? 0;
          return `${full(i)}<br/><b>${f.number(values[i] ?? 0)}</b>`;
        },
      },
      grid: { left: 36, right: 8, top: 10, bottom: 22 },
      xAxis: { ...base.category(names), axisLabel: { ...base.font, interval: Math.max(0, Math.ceil(names.length / 12) - 1) } },
      yAxis: { ...base.value((n) => f.compact(n)), minInterval: 1 },
      series: [{ type: 'bar', id: 'arrivals', data: values, itemStyle: { color: base.colors.main }, barMaxWidth: 22 }],
    });
    return {
      day: option(data?.by_day.map((d) => d.day.slice(5)) ?? [], data?.by_day.map((d) => d.arrivals) ?? [], (i) => data?.by_day[i]?.day ?? ''),
      hour: option(data?.by_hour.map((h) => String(h.hour)) ?? [], data?.by_hour.map((h) => h.arrivals) ?? [], (i) => `${String(i).padStart(2, '0')}:00–${String(i + 1).padStart(2, '0')}:00`),
    };
  }, [data, f, look]);
  const last = (n: number): [Dayjs, Dayjs] => [dayjs(today).subtract(n - 1, 'day'), dayjs(today)];
  const busiest = data?.by_hour.reduce((a, b) => (b.arrivals > a.arrivals ? b : a));

  return (
    <Card
      title={t('codes.statistics')}
      extra={
        <DatePicker.RangePicker
          size="small"
          allowClear={false}
          aria-label={t('codes.statisticsSpan')}
          value={[dayjs(span[0]), dayjs(span[1])]}
          maxDate={dayjs(today)}
          presets={[7, 30, 90, 365].map((n) => ({ label: t('codes.lastDays', { count: n }), value: last(n) }))}
          onChange={(v) => v?.[0] && v[1] && setSpan([v[0].format('YYYY-MM-DD'), v[1].format('YYYY-MM-DD')])}
        />
      }
    >
      {stats.isError ? (
        <ProblemView error={stats.error} onRetry={() => void stats.refetch()} />
      ) : !data ? (
        <Loading />
      ) : (
        <div className="fp-stack" aria-busy={stats.isPlaceholderData}>
          <span>
            {t('codes.arrivedSum', { count: data.arrivals, number: f.number(data.arrivals) })}
            {code.mode === 'page' || data.views > 0 ? ` · ${t('codes.views', { count: data.views, number: f.number(data.views) })}` : ''}
            {data.arrivals > 0 && busiest && ` · ${t('codes.busiest', { hour: busiest.hour, next: busiest.hour + 1 })}`}
          </span>
          {data.arrivals === 0 ? (
            <span className="fp-muted">{t('codes.noArrivals')}</span>
          ) : (
            <>
              <h3 className="fp-chart-title">{t('codes.byDay')}</h3>
              <LazyChart option={bars.day} height={150} label={t('codes.byDayLabel', { from: data.from, to: data.to, count: data.arrivals })} />
              <h3 className="fp-chart-title">{t('codes.byHour')}</h3>
              <LazyChart option={bars.hour} height={130} label={t('codes.byHourLabel', { hour: busiest?.hour ?? 0 })} />
              {data.by_staff.length > 0 && (
                <ul className="fp-list">
                  {data.by_staff.map((s) => (
                    <li key={s.staff_id}>
                      <span className="fp-grow">{s.name || t('catch.nobody')}</span>
                      <span className="fp-staff-bar" aria-hidden="true">
                        <i style={{ width: `${(s.arrivals / data.arrivals) * 100}%` }} />
                      </span>
                      <span className="fp-num">{f.number(s.arrivals)}</span>
                    </li>
                  ))}
                </ul>
              )}
            </>
          )}
        </div>
      )}
    </Card>
  );
}
