import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { drill, type DrillComparison, type DrillRun } from '../../api/drill';
import { usePreferences } from '../../app/preferences';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Figure } from '../../ui/Figure';
import { EmptyState } from '../../ui/EmptyState';
import { LazyChart } from '../../ui/LazyChart';
import { Legend } from '../../ui/Legend';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { frame } from '../overview/charts';
import { People } from './pieces';
import { signed, unitName } from './words';

type Change = NonNullable<DrillComparison['totals']>[number];
type UnitChange = NonNullable<DrillComparison['units']>[number];
const moves = ['secured', 'exposed', 'cut_off', 'gained'] as const;

/** Two drills side by side, and the course of all kept ones. */
export function CompareTab({ runs, current }: { runs: DrillRun[]; current: DrillRun }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const done = runs.filter((r) => r.status === 'done');
  const earlier = done.filter((r) => r.made_at < current.made_at);
  const before = done.find((r) => r.id === search.before) ?? earlier.find((r) => r.kept) ?? earlier[0];
  const compared = useQuery({ queryKey: ['drill-compare', before?.id, current.id], queryFn: () => drill.compare(before?.id ?? '', current.id), enabled: Boolean(before) && before?.id !== current.id });
  const option = (r: DrillRun) => ({ value: r.id, label: `${r.name} · ${t(`drill.purposeOf.${r.purpose}`)}`, disabled: r.id === current.id });
  return (
    <>
      <Trend runs={done.filter((r) => r.kept)} />
      {done.length < 2 ? (
        <EmptyState title={t('drill.compareNone')} text={t('drill.compareNoneText')} />
      ) : (
        <>
          <div className="fp-drill-bar">
            <span>{t('drill.before')}</span>
            <Select aria-label={t('drill.before')} placeholder={t('drill.choose')} value={before?.id} options={done.map(option)} onChange={(id: string) => void navigate({ to: '/drill', search: { ...search, before: id } })} />
          </div>
          {compared.isError ? <ProblemView error={compared.error} onRetry={() => void compared.refetch()} /> : compared.data ? <Compared c={compared.data} /> : before ? <Loading rows={6} /> : null}
        </>
      )}
    </>
  );
}

function Compared({ c }: { c: DrillComparison }) {
  const { t } = useTranslation();
  const f = useFormat();
  const money = (key: string) => key.endsWith('_minor');
  const show = (key: string) => (n: number) => (money(key) ? f.moneyCompact(n) : f.number(n));
  const who = { run_id: c.after.id, before_id: c.before.id };
  return (
    <div data-compared={`${c.before.id}/${c.after.id}`}>
      {c.why && <Alert type="warning" showIcon title={c.why} />}
      <h2>{t('drill.moves')}</h2>
      <section className="fp-drill-stats fp-drill-moves">
        {moves.map((m) => (
          <div className="fp-drill-stat" key={m} data-move={m}>
            <Figure of={`drill.moves.${m}`} className="fp-muted" value={t(`drill.move.${m}`)} countedTo={c.after.finished_at ?? null} />
            <span className="fp-drill-big">
              <People n={c.moves[m]} who={{ ...who, figure: m }} title={t(`drill.move.${m}`)} />
            </span>
            <span className="fp-muted fp-small">{t(`drill.moveNote.${m}`)}</span>
          </div>
        ))}
      </section>
      <DataTable<Change>
        label={t('drill.totals')}
        minWidth={420}
        rowKey="key"
        dataSource={c.totals ?? []}
        columns={[
          { key: 'key', title: t('drill.totals'), className: 'fp-drill-name', render: (_, x) => t(`drill.total.${x.key}`) },
          { key: 'before', title: c.before.name, align: 'right', className: 'fp-num', render: (_, x) => (x.before === null || x.before === undefined ? t('drill.none') : show(x.key)(x.before)) },
          { key: 'after', title: c.after.name, align: 'right', className: 'fp-num', render: (_, x) => (x.after === null || x.after === undefined ? t('drill.none') : show(x.key)(x.after)) },
          { key: 'delta', title: t('drill.change'), align: 'right', className: 'fp-num', render: (_, x) => (x.delta === null || x.delta === undefined ? t('drill.none') : signed(x.delta, show(x.key))) },
        ]}
      />
      <DataTable<UnitChange>
        label={t('drill.tab.units')}
        minWidth={560}
        rowKey={(u) => `${u.kind}/${u.id}`}
        dataSource={c.units ?? []}
        columns={[
          {
            key: 'name',
            className: 'fp-drill-name',
            title: t('drill.unit'),
            render: (_, u) => (
              <>
                {unitName(t, u)} <span className="fp-muted">{!u.after ? t('drill.gone') : !u.before ? t('drill.fresh') : t(`drill.by.${u.kind}`)}</span>
              </>
            ),
          },
          { key: 'persons', title: t('drill.persons'), align: 'right', className: 'fp-num', render: (_, u) => `${u.before ? f.number(u.before.persons) : t('drill.none')} → ${u.after ? f.number(u.after.persons) : t('drill.none')}` },
          { key: 'lost', title: t('drill.lost'), align: 'right', className: 'fp-num', render: (_, u) => `${u.before ? f.number(u.before.lost) : t('drill.none')} → ${u.after ? f.number(u.after.lost) : t('drill.none')}` },
          { key: 'delta', title: t('drill.change'), align: 'right', className: 'fp-num', render: (_, u) => (u.before && u.after ? signed(u.after.lost - u.before.lost, f.number) : t('drill.none')) },
        ]}
      />
    </div>
  );
}

/** Kept drills in the order of time. */
function Trend({ runs }: { runs: DrillRun[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { look } = usePreferences();
  const base = frame(look);
  const shown = [...runs].reverse().filter((r) => r.totals);
  if (shown.length < 2) return <p className="fp-muted">{t('drill.trendFew')}</p>;
  const series = (['reachable', 'one_platform'] as const).map((key, i) => ({
    id: key,
    type: 'bar' as const,
    name: t(`drill.total.${key}`),
    data: shown.map((r) => r.totals?.[key] ?? 0),
    barMaxWidth: 36,
    itemStyle: { color: i === 0 ? base.colors.main : base.colors.accent },
    label: { show: shown.length <= 8, position: 'top' as const, ...base.font, formatter: (p: { value: unknown }) => f.number(Number(p.value)) },
  }));
  return (
    <section data-trend="">
      <h2>{t('drill.trend')}</h2>
      <Legend items={series.map((s) => ({ name: s.name, color: s.itemStyle.color, figure: <Figure of={`drill.totals.${s.id}`} value={s.name} countedTo={shown.at(-1)?.finished_at ?? null} /> }))} />
      <LazyChart
        label={t('drill.trendLabel')}
        height={220}
        option={{
          grid: { left: 8, right: 8, top: 24, bottom: 4, containLabel: true },
          tooltip: { ...base.tooltip, valueFormatter: (n) => f.number(Number(n)) },
          xAxis: base.category(shown.map((r) => r.name)),
          yAxis: { ...base.value(f.compact), min: 0 },
          series,
        }}
      />
    </section>
  );
}
