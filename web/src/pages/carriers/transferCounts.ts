import type { Transfer, TransferCustomer } from '../../api/types';

/** How the hand-over of a customer can stand, in the order in which it is shown. */
export const transferStatuses = ['queued', 'waiting', 'done', 'refused', 'full', 'failed'] as const satisfies TransferCustomer['status'][];

export const transferTotal = (t: Pick<Transfer, 'counts'>) => transferStatuses.reduce((sum, s) => sum + (t.counts[s] ?? 0), 0);

/** Whether something can still happen. The customers say so: the whole is looked at only every few hours. */
export const transferOpen = (t: Pick<Transfer, 'counts'>) => (t.counts.queued ?? 0) + (t.counts.waiting ?? 0) > 0;

/** How soon to look again, in milliseconds: what is queued moves now, what waits takes a day. */
export const transferEvery = (t: Pick<Transfer, 'counts'> | undefined) => (!t ? false : (t.counts.queued ?? 0) > 0 ? 1_500 : transferOpen(t) ? 5_000 : false);
