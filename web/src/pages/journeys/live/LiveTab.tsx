import { CompressOutlined, UserAddOutlined, ZoomInOutlined, ZoomOutOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Grid, Segmented, Space } from 'antd';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull, type Options, type Spec, type StepCounts } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { store, stored } from '../../../app/preferences';
import { DataTable } from '../../../ui/DataTable';
import { EmptyState } from '../../../ui/EmptyState';
import { ProblemView } from '../../../ui/ProblemView';
import type { CanvasHandle } from '../canvas/Canvas';
import type { CanvasWorld } from '../canvas/context';
import { LazyCanvas } from '../canvas/LazyCanvas';
import { StepList } from '../editor/StepList';
import { useNumbers } from '../editor/useNumbers';
import { inOrder, start } from '../model/graph';
import { useWords } from '../model/words';
import { EnterDialog } from './EnterDialog';
import { useRunWords } from './useRunWords';
import { useStay } from './useStay';
import { useVersion, VersionSelect } from './VersionSelect';

interface Props {
  journey: JourneyFull;
  /** Of which version; 0: all. */
  version: number;
  onVersion: (version: number) => void;
  options?: Options;
  run: boolean;
  /** Shows who is at a step; empty: everybody. */
  onPeople: (step: string) => void;
}

const nothing: ReadonlyMap<string, string[]> = new Map();

/** Who is where now, and how many took which way. */
export function LiveTab({ journey: j, version: chosen, onVersion, options, run, onPeople }: Props) {
  const { t } = useTranslation();
  const { all, version, spec } = useVersion(j, chosen);
  const f = useFormat();
  const large = Grid.useBreakpoint().lg !== false;
  const words = useWords(options);
  const numbers = useNumbers(spec);
  const canvas = useRef<CanvasHandle>(null);
  const [entering, setEntering] = useState(false);
  const [wanted, setView] = useState<'canvas' | 'list'>(() => (stored('fishpond.journeys.view') === 'list' ? 'list' : 'canvas'));
  const view = large ? wanted : 'list';
  const counts = useQuery({ queryKey: ['journey-counts', j.id, version], queryFn: () => journeys.counts(j.id, version || undefined), enabled: j.version > 0, refetchInterval: j.status === 'live' ? 2000 : 15_000 });
  const c = counts.data;
  const world = useMemo<CanvasWorld>(() => {
    const steps = new Map((c?.steps ?? []).map((s) => [s.step, s]));
    const edges = new Map((c?.edges ?? []).map((e) => [`${e.step} ${e.way}`, e.people]));
    return { spec, words, numbers, problems: nothing, editable: false, counts: c, countOf: (id) => steps.get(id), peopleOn: (step, way) => edges.get(`${step} ${way}`) ?? 0, onPeople };
  }, [c, spec, words, numbers, onPeople]);
  if (j.version === 0) return <EmptyState title={t('journeys.live.notYet')} text={t('journeys.live.notYetText')} />;
  if (counts.isError && !c) return <ProblemView error={counts.error} onRetry={() => void counts.refetch()} />;
  const one = version > 0 ? all.find((v) => v.version === version) : undefined;
  const figures: (readonly [string, number])[] = one
    ? [
        ['entered', one.entered],
        ['active', one.inside],
      ]
    : [
        ['entered', j.counts.entered],
        ['active', j.counts.active],
        ['done', j.counts.done],
        ['converted', j.counts.converted],
      ];
  return (
    <div className="fp-stack">
      <div className="fp-toolbar">
        {large && (
          <Segmented
            size="small"
            value={view}
            aria-label={t('journeys.view')}
            onChange={(v) => {
              setView(v);
              store('fishpond.journeys.view', v);
            }}
            options={(['canvas', 'list'] as const).map((v) => ({ value: v, label: t(`journeys.${v}`) }))}
          />
        )}
        {view === 'canvas' && (
          <Space.Compact size="small">
            <Button icon={<ZoomOutOutlined />} title={t('journeys.zoomOut')} aria-label={t('journeys.zoomOut')} onClick={() => canvas.current?.zoom(-1)} />
            <Button icon={<ZoomInOutlined />} title={t('journeys.zoomIn')} aria-label={t('journeys.zoomIn')} onClick={() => canvas.current?.zoom(1)} />
            <Button icon={<CompressOutlined />} title={t('journeys.fit')} aria-label={t('journeys.fit')} onClick={() => canvas.current?.fit()} />
          </Space.Compact>
        )}
        <VersionSelect all={all} version={version} onChange={onVersion} />
        {c && c.waiting_to_begin > 0 && <b role="status">{t('journeys.live.waiting', { count: c.waiting_to_begin })}</b>}
        <span className="fp-end">
          {j.status === 'live' && <span className="fp-muted fp-small">{t('journeys.live.updated')}</span>}
          {run && (j.status === 'live' || j.status === 'paused') && (
            <Button icon={<UserAddOutlined />} onClick={() => setEntering(true)}>
              {t('journeys.live.enter')}
            </Button>
          )}
        </span>
      </div>
      <dl className="fp-figures" aria-label={t('journeys.live.figures')}>
        {figures.map(([key, n]) => (
          <div key={key}>
            <dt>{t(`journeys.${key}`)}</dt>
            <dd className="fp-num">{f.number(n)}</dd>
          </div>
        ))}
      </dl>
      {view === 'canvas' ? (
        <LazyCanvas ref={canvas} world={world} height="min(64vh, 680px)" />
      ) : (
        <StepList
          spec={spec}
          words={words}
          numbers={numbers}
          problems={nothing}
          selected={[]}
          onSelect={(ids) => ids[0] && onPeople(ids[0])}
          beside={(id) => {
            const n = world.countOf(id)?.here ?? 0;
            return (
              <Button size="small" type="link" className="fp-num" onClick={() => onPeople(id)}>
                {t('journeys.live.here', { count: n })}
                <span className="fp-hidden"> {words.name(spec.graph.steps.find((s) => s.id === id)!)}</span>
              </Button>
            );
          }}
          besideWay={(id, way) => <b className="fp-num">{f.number(world.peopleOn(id, way) ?? 0)}</b>}
        />
      )}
      <StepTable spec={spec} world={world} onPeople={onPeople} />
      {entering && <EnterDialog journey={j} spec={spec} options={options} onClose={() => setEntering(false)} />}
    </div>
  );
}

/** Every step with how many came, went on, stopped, and how long they stayed. */
function StepTable({ spec, world, onPeople }: { spec: Spec; world: CanvasWorld; onPeople: (step: string) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const why = useRunWords();
  const stay = useStay();
  const { words, numbers, countOf } = world;
  const rows = inOrder(spec.graph.steps).map((step) => ({ step, count: countOf(step.id) }));
  type Row = (typeof rows)[number];
  const number = (pick: (c: StepCounts) => number) => (_: unknown, r: Row) => <span className="fp-num">{r.count ? f.number(pick(r.count)) : '0'}</span>;
  return (
    <div className="fp-table-wrap">
      <DataTable<Row>
        rowKey={(r) => r.step.id || start}
        label={t('journeys.live.step')}
        minWidth={900}
        dataSource={rows}
        columns={[
          {
            key: 'step',
            title: t('journeys.live.step'),
            render: (_, r) => (
              <>
                <span className="fp-muted fp-num">{numbers.get(r.step.id)}</span> {words.name(r.step)} <span className="fp-muted fp-small">{r.step.name ? words.kind(r.step.kind) : ''}</span>
              </>
            ),
          },
          {
            key: 'here',
            title: t('journeys.live.hereShort'),
            width: 80,
            align: 'right',
            render: (_, r) => (
              <Button size="small" type="link" className="fp-num" disabled={!r.count?.here} aria-label={t('journeys.live.showPeople', { name: words.name(r.step), count: r.count?.here ?? 0 })} onClick={() => onPeople(r.step.id)}>
                {f.number(r.count?.here ?? 0)}
              </Button>
            ),
          },
          { key: 'entered', title: t('journeys.live.entered'), width: 90, align: 'right', render: number((c) => c.entered) },
          { key: 'rate', title: t('journeys.live.rate'), width: 90, align: 'right', render: (_, r) => <span className="fp-num">{r.count && r.count.entered > 0 ? f.share(r.count.went_on / r.count.entered, 0) : '—'}</span> },
          { key: 'stopped', title: t('journeys.live.stopped'), width: 90, align: 'right', render: number((c) => c.stopped + c.failed) },
          { key: 'converted', title: t('journeys.live.convertedAfter'), width: 120, align: 'right', render: number((c) => c.converted) },
          { key: 'p50', title: t('journeys.live.p50'), width: 120, align: 'right', render: (_, r) => <span className="fp-num">{r.count && r.count.went_on > 0 ? stay(r.count.seconds_p50) : '—'}</span> },
          {
            key: 'outcomes',
            title: t('journeys.live.outcomes'),
            width: 220,
            render: (_, r) => (
              <span className="fp-small">
                {Object.entries(r.count?.outcomes ?? {})
                  .filter(([, n]) => n > 0)
                  .map(([key, n]) => `${why(key)} ${f.number(n)}`)
                  .join(t('common.listSeparator'))}
              </span>
            ),
          },
        ]}
      />
    </div>
  );
}
