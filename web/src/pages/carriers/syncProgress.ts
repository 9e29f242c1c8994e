import type { AccountSync } from '../../api/types';

type Run = Pick<AccountSync, 'status' | 'phase' | 'staff_done' | 'staff_total' | 'started_at'>;

export const syncRuns = (run: Pick<AccountSync, 'status'> | null | undefined): boolean => run?.status === 'queued' || run?.status === 'running';

/** Where each part begins, in percent of the whole: nearly all of the time goes into contacts. */
const begins: Record<AccountSync['phase'], number> = { tags: 0, staff: 2, contacts: 5, groups: 92 };

/** How far a sync is, in whole percent. Never 100 before it is done. */
export function syncPercent(run: Run): number {
  if (run.status === 'done') return 100;
  if (run.status === 'queued') return 0;
  const from = begins[run.phase];
  const share = run.phase === 'contacts' && run.staff_total > 0 ? run.staff_done / run.staff_total : 0;
  return Math.floor(from + (begins.groups - begins.contacts) * share);
}

/** Seconds until it will be done, going by the members so far; undefined while nobody can say. */
export function syncLeft(run: Run, now: number): number | undefined {
  if (run.status !== 'running' || run.phase !== 'contacts' || !run.started_at || run.staff_done < 2) return undefined;
  const passed = (now - Date.parse(run.started_at)) / 1000;
  const left = (passed / run.staff_done) * (run.staff_total - run.staff_done);
  return passed > 3 && left >= 1 ? Math.round(left) : undefined;
}
