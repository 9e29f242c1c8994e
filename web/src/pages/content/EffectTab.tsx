import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card, Segmented } from 'antd';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type Effects } from '../../api/content';
import { useFormat } from '../../app/useFormat';
import type { ChartOption } from '../../ui/Chart';
import { DataTable } from '../../ui/DataTable';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { KindIcon } from './KindIcon';

// Charts are heavy: the library, which comes first, needs none.
const Chart = lazy(() => import('../../ui/Chart').then((m) => ({ default: m.Chart })));

const figures = ['links', 'opens', 'visitors', 'persons', 'forwarded', 'seconds'] as const;

/** What came of radar links: in all, by day, by material, by staff. */
export function EffectTab({ days, onDays }: { days: number; onDays: (days: number) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const effects = useQuery({ queryKey: ['content', 'effects', days], queryFn: () => content.effects(days), placeholderData: (before) => before });
  const series = effects.data?.days;
  const option = useMemo<ChartOption>(
    () => ({
      grid: { left: 40, right: 12, top: 12, bottom: 28 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'category', data: series?.map((d) => d.date.slice(5)) ?? [] },
      yAxis: { type: 'value', minInterval: 1 },
      series: [{ type: 'bar', data: series?.map((d) => d.opens) ?? [], itemStyle: { color: '#0b7a75' }, barMaxWidth: 24, name: t('content.opens') }],
    }),
    [series, t],
  );
  if (effects.isError) return <ProblemView error={effects.error} onRetry={() => void effects.refetch()} />;
  if (!effects.data) return <Loading rows={10} />;
  const e = effects.data;
  const numbers = <T extends Effects['total']>() => [
    { key: 'links', title: t('content.effect.links'), width: 90, align: 'right' as const, render: (_: unknown, x: T) => <span className="fp-num">{f.number(x.links)}</span> },
    { key: 'opens', title: t('content.effect.opens'), width: 90, align: 'right' as const, render: (_: unknown, x: T) => <b className="fp-num">{f.number(x.opens)}</b> },
    { key: 'visitors', title: t('content.effect.visitors'), width: 80, align: 'right' as const, render: (_: unknown, x: T) => <span className="fp-num">{f.number(x.visitors)}</span> },
    { key: 'forwarded', title: t('content.effect.forwarded'), width: 90, align: 'right' as const, render: (_: unknown, x: T) => <span className="fp-num">{f.number(x.forwarded)}</span> },
    { key: 'seconds', title: t('content.effect.seconds'), width: 120, align: 'right' as const, render: (_: unknown, x: T) => (x.seconds ? f.duration(x.seconds) : '—') },
  ];
  return (
    <div className="fp-stack" aria-busy={effects.isPlaceholderData}>
      <div className="fp-toolbar">
        <Segmented value={days} onChange={onDays} options={[7, 30, 90].map((n) => ({ value: n, label: t('content.effect.days', { count: n }) }))} />
      </div>
      <dl className="fp-figures">
        {figures.map((k) => (
          <div key={k}>
            <dt>{t(`content.effect.${k}`)}</dt>
            <dd className="fp-num">{k === 'seconds' ? (e.total.seconds ? f.duration(e.total.seconds) : '—') : f.number(e.total[k])}</dd>
          </div>
        ))}
      </dl>
      <p className="fp-muted fp-small">{t('content.effect.honest')}</p>
      <Card size="small" className="fp-section" title={<h2>{t('content.effect.byDay')}</h2>}>
        {e.total.opens === 0 ? <p className="fp-muted">{t('content.effect.emptyTitle')}</p> : <Suspense fallback={<Loading />}><Chart option={option} height={200} label={t('content.effect.byDay')} /></Suspense>}
      </Card>
      <Card size="small" className="fp-section" title={<h2>{t('content.effect.items')}</h2>}>
        <DataTable<Effects['items'][number]>
          rowKey={(x) => x.material_id || x.briefcase_id}
          label={t('content.effect.items')}
          minWidth={760}
          dataSource={e.items}
          locale={{ emptyText: t('content.effect.emptyTitle') }}
          columns={[
            {
              key: 'item',
              title: t('content.effect.item'),
              render: (_, x) => (
                <>
                  <KindIcon kind={x.kind} />{' '}
                  {x.material_id ? (
                    <Link to="/content/$materialId" params={{ materialId: x.material_id }} search={{ tab: 'visits' }}>
                      {x.title}
                    </Link>
                  ) : (
                    <Link to="/content" search={{ tab: 'briefcases', briefcase: x.briefcase_id }}>
                      {x.title}
                    </Link>
                  )}
                </>
              ),
            },
            ...numbers<Effects['items'][number]>(),
            { key: 'depth', title: t('content.effect.depth'), width: 100, align: 'right', render: (_, x) => (x.depth ? `${x.depth}%` : '—') },
          ]}
        />
      </Card>
      <Card size="small" className="fp-section" title={<h2>{t('content.effect.staff')}</h2>}>
        <DataTable<Effects['staff'][number]>
          rowKey="staff_id"
          label={t('content.effect.staff')}
          minWidth={680}
          dataSource={e.staff}
          locale={{ emptyText: t('content.effect.emptyTitle') }}
          columns={[
            { key: 'rank', title: t('content.effect.rank'), width: 60, render: (_, __, i) => <span className="fp-num">{i + 1}</span> },
            { key: 'name', title: t('content.staff'), render: (_, x) => x.name || t('content.effect.noStaff') },
            ...numbers<Effects['staff'][number]>(),
          ]}
        />
      </Card>
    </div>
  );
}
