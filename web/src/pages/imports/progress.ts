import type { Import } from '../../api/types';

export function isRunning(i: Import): boolean {
  return i.status === 'queued' || i.status === 'reading' || i.status === 'storing';
}

/**
 * Whole per cents of an import: reading the file is the first half, storing its
 * orders the second. Never 100 before the server says that it is done.
 */
export function progressOf(i: Import): number {
  if (i.status === 'done') return 100;
  const share = (part: number, whole: number) => (whole > 0 ? Math.min(1, part / whole) : 0);
  const done =
    i.status === 'storing' || i.orders_total > 0
      ? 0.5 + share(i.orders_done, i.orders_total) / 2
      : share(i.bytes_read, i.bytes_total) / 2;
  return Math.min(99, Math.floor(done * 100));
}

/** Seconds still to go if it goes on as it went; undefined while that would be a guess. */
export function remaining(i: Import, now: number): number | undefined {
  if (!i.started_at || !isRunning(i)) return undefined;
  const elapsed = (now - Date.parse(i.started_at)) / 1000;
  const percent = progressOf(i);
  if (elapsed < 2 || percent < 5) return undefined;
  return (elapsed * (100 - percent)) / percent;
}
