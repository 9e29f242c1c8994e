import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Progress } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { AccountSync } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { useNotifyProblem } from '../../ui/ProblemView';
import { syncLeft, syncPercent, syncRuns } from './syncProgress';

/** The newest sync of an account, asked for again and again while it runs. */
export function useLastSync(id: string) {
  const queryClient = useQueryClient();
  const last = useQuery({
    queryKey: ['carriers', 'syncs', id, 'last'],
    queryFn: async () => (await carriers.syncs(id, { limit: 1 })).items[0] ?? null,
    refetchInterval: (q) => (syncRuns(q.state.data) ? 700 : 30_000),
  });
  const running = syncRuns(last.data);
  const before = useRef(running);
  useEffect(() => {
    // It has just ended: what was counted before is out of date.
    if (before.current && !running) void queryClient.invalidateQueries({ queryKey: ['carriers'] });
    before.current = running;
  }, [running, queryClient]);
  return last;
}

export function useStartSync(id: string) {
  const queryClient = useQueryClient();
  const notify = useNotifyProblem();
  return useMutation({
    mutationFn: () => carriers.sync(id),
    onSuccess: (run) => {
      queryClient.setQueryData(['carriers', 'syncs', id, 'last'], run);
      return queryClient.invalidateQueries({ queryKey: ['carriers', 'syncs', id] });
    },
    onError: notify,
  });
}

/** A sync under way or just done: which part, how far, what was found. */
export function SyncProgress({ run }: { run: AccountSync }) {
  const { t } = useTranslation();
  const f = useFormat();
  const running = syncRuns(run);
  const left = syncLeft(run, Date.now());
  if (run.status === 'failed') return <Alert type="error" showIcon role="alert" title={t('carriers.syncFailed')} description={run.error} />;
  return (
    <div data-sync={run.status}>
      <div className="fp-card-line">
        <b>{running ? t(run.status === 'queued' ? 'carriers.syncQueued' : `carriers.phase_${run.phase}`) : t('carriers.syncDone')}</b>
        {left !== undefined && <span className="fp-muted">{t('imports.left', { time: f.duration(left) })}</span>}
      </div>
      <Progress percent={syncPercent(run)} status={running ? 'active' : 'success'} aria-label={t('carriers.sync')} />
      <p className="fp-tabular fp-muted">
        {t('carriers.syncRead', { contacts: f.number(run.contacts), done: f.number(run.staff_done), total: f.number(run.staff_total) })}
        {!running && ` · ${t('carriers.syncFound', { added: f.number(run.added), removed: f.number(run.removed), groups: f.number(run.groups) })}`}
      </p>
      {running && <p className="fp-muted fp-small">{t('carriers.syncGoesOn')}</p>}
    </div>
  );
}
