import { describe, expect, it } from 'vitest';
import { syncLeft, syncPercent, syncRuns } from './syncProgress';

const run = { status: 'running', phase: 'contacts', staff_done: 5, staff_total: 10, started_at: '2026-03-01T00:00:00Z' } as const;

describe('the progress of a sync', () => {
  it('moves forward through the parts and ends at the end', () => {
    const steps = [
      syncPercent({ ...run, status: 'queued', phase: 'tags', staff_done: 0, staff_total: 0 }),
      syncPercent({ ...run, phase: 'tags', staff_done: 0, staff_total: 0 }),
      syncPercent({ ...run, phase: 'staff', staff_done: 0, staff_total: 0 }),
      syncPercent({ ...run, staff_done: 0 }),
      syncPercent(run),
      syncPercent({ ...run, staff_done: 10 }),
      syncPercent({ ...run, phase: 'groups', staff_done: 10 }),
    ];
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(Math.max(...steps)).toBeLessThan(100);
    expect(syncPercent({ ...run, status: 'done', phase: 'groups' })).toBe(100);
  });
  it('estimates only with something to go by', () => {
    const at = (s: number) => Date.parse(run.started_at) + s * 1000;
    expect(syncLeft(run, at(20))).toBe(20);
    expect(syncLeft({ ...run, staff_done: 1 }, at(20))).toBeUndefined();
    expect(syncLeft(run, at(2))).toBeUndefined();
    expect(syncLeft({ ...run, status: 'done' }, at(20))).toBeUndefined();
    expect(syncLeft({ ...run, phase: 'groups' }, at(20))).toBeUndefined();
  });
  it('runs until it has ended', () => {
    expect([undefined, null, { status: 'queued' }, { status: 'running' }, { status: 'done' }, { status: 'failed' }].map((r) => syncRuns(r as never))).toEqual([false, false, true, true, false, false]);
  });
});
