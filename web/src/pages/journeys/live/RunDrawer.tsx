import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Drawer, Grid, Space } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type Options, type Run, type Spec, type Visit } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { Loading } from '../../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../../ui/ProblemView';
import { lineId, type CanvasWorld, type Mark } from '../canvas/context';
import { LazyCanvas } from '../canvas/LazyCanvas';
import { useNumbers } from '../editor/useNumbers';
import { next, start } from '../model/graph';
import { useWords } from '../model/words';
import { PathList } from './PathList';
import { RunState } from './PeopleTab';
import { useRunWords } from './useRunWords';

interface Props {
  journeyId: string;
  runId: string;
  spec: Spec;
  options?: Options;
  run: boolean;
  onClose: () => void;
}

/** The path with the step where they are now, which is not behind them yet. */
export function wholePath(run: Run): Visit[] {
  const path = run.path ?? [];
  if (!['active', 'failed'].includes(run.status) || !run.step || !run.since || path.some((v) => !v.left_at)) return path;
  return [...path, { visit: (path.at(-1)?.visit ?? 0) + 1, step: run.step, name: run.step_name ?? '', kind: run.step_kind || 'wait', version: run.version, arrived_at: run.since, way: -1, outcome: '', why: run.status === 'failed' ? run.why : '' }];
}

/** What of a path is drawn: the numbers of visits at steps, and the lines that were taken. */
export function trailOf(run: Run, time: (iso: string) => string): { marks: Map<string, Mark>; trail: Set<string> } {
  const marks = new Map<string, Mark>();
  const trail = new Set<string>();
  const path = wholePath(run);
  if (path.length > 0) trail.add(lineId(start, next));
  path.forEach((v, i) => {
    const last = i === path.length - 1;
    const was = marks.get(v.step);
    marks.set(v.step, { visits: [...(was?.visits ?? []), v.visit], at: time(v.arrived_at), here: last && run.status === 'active', ...(last && run.status === 'failed' ? { tone: 'wrong' as const } : {}) });
    if (v.left_at) trail.add(lineId(v.step, v.way));
  });
  return { marks, trail };
}

/** One person's walk: drawn, and as a list; taking them out, or trying a failed step again. */
export function RunDrawer({ journeyId, runId, spec, options, run: may, onClose }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const { message, modal } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const large = Grid.useBreakpoint().lg !== false;
  const words = useWords(options);
  const numbers = useNumbers(spec);
  const why = useRunWords();
  const read = useQuery({ queryKey: ['journey-run', journeyId, runId], queryFn: () => journeys.run(journeyId, runId), refetchInterval: (q) => (q.state.data?.status === 'active' ? 3000 : false) });
  const settle = () => Promise.all([['journey-run', journeyId], ['journey-runs', journeyId], ['journey-counts', journeyId], ['journey', journeyId]].map((queryKey) => queries.invalidateQueries({ queryKey })));
  const act = useMutation({
    mutationFn: (what: 'exit' | 'retry') => journeys[what](journeyId, runId),
    onError: notify,
    onSuccess: async (_, what) => {
      message.success(t(what === 'exit' ? 'journeys.run.exited' : 'journeys.run.retried'));
      await settle();
    },
  });
  const r = read.data;
  const name = r ? r.person_name || t('journeys.run.nameless') : '';
  const world = useMemo<CanvasWorld | undefined>(() => {
    if (!r) return undefined;
    const { marks, trail } = trailOf(r, (iso) => f.dateTime(iso).slice(5, 16));
    return { spec, words, numbers, problems: new Map(), editable: false, countOf: () => undefined, peopleOn: () => undefined, marks, trail };
  }, [r, spec, words, numbers, f]);
  return (
    <Drawer open size={large ? 1040 : '100%'} title={r ? t('journeys.run.pathOf', { name }) : t('journeys.run.path')} onClose={onClose}>
      {read.isError ? (
        <ProblemView error={read.error} onRetry={() => void read.refetch()} />
      ) : !r ? (
        <Loading rows={8} />
      ) : (
        <div className="fp-stack">
          <div className="fp-toolbar">
            <span>
              <RunState run={r} why={why} /> <span className="fp-muted">· {t('journeys.version', { n: r.version })}</span>
              {r.entry_key && r.entry_key !== '1' && <span className="fp-muted"> · {t('journeys.run.key', { key: r.entry_key })}</span>}
            </span>
            <Space wrap className="fp-end">
              <Link to="/customers/$personId" params={{ personId: r.person_id }}>
                {t('journeys.run.openPerson')}
              </Link>
              {may && r.status === 'failed' && (
                <Button loading={act.isPending} onClick={() => act.mutate('retry')}>
                  {t('journeys.run.retry')}
                </Button>
              )}
              {may && r.status === 'active' && (
                <Button danger loading={act.isPending} onClick={() => void modal.confirm({ title: t('journeys.run.exit'), content: t('journeys.run.exitAsk'), okText: t('journeys.run.exit'), okButtonProps: { danger: true }, onOk: () => act.mutateAsync('exit').catch(() => undefined) })}>
                  {t('journeys.run.exit')}
                </Button>
              )}
            </Space>
          </div>
          <div className={large ? 'fp-run-two' : undefined}>
            {large && world && <LazyCanvas world={world} height="calc(100vh - 190px)" />}
            <div>
              <p className="fp-muted">
                {t('journeys.run.cameIn')} <time dateTime={r.entered_at}>{f.dateTime(r.entered_at)}</time>
              </p>
              <PathList path={wholePath(r)} spec={spec} words={words} why={why} here={r.status === 'active'} due={r.due_at} />
            </div>
          </div>
        </div>
      )}
    </Drawer>
  );
}
