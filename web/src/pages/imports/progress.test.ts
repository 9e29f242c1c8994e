import { describe, expect, it } from 'vitest';
import type { Import } from '../../api/types';
import { isRunning, progressOf, remaining } from './progress';

// The description does not say so, but there is no result before the end.
const none = null as unknown as Import['result'];

const one: Import = {
  id: 'imp_1',
  kind: 'orders',
  file_name: 'orders.csv',
  status: 'reading',
  rows_read: 10,
  bytes_read: 500,
  bytes_total: 1000,
  orders_done: 0,
  orders_total: 0,
  upload_id: 'upl_1',
  created_by: 'stf_1',
  currency: 'CNY',
  channel_id: '',
  result: none,
  error: '',
  finished_at: null,
  created_at: '2026-03-10T12:00:00Z',
  started_at: '2026-03-10T12:00:00Z',
};

describe('the progress of an import', () => {
  it('reads first and stores then', () => {
    expect(progressOf(one)).toBe(25);
    expect(progressOf({ ...one, status: 'storing', orders_total: 200, orders_done: 100 })).toBe(75);
  });
  it('is complete only when the server says so', () => {
    expect(progressOf({ ...one, status: 'storing', orders_total: 200, orders_done: 200 })).toBe(99);
    expect(progressOf({ ...one, status: 'done' })).toBe(100);
    expect(progressOf({ ...one, status: 'queued', bytes_read: 0, bytes_total: 0 })).toBe(0);
  });
  it('estimates only when there is something to go by', () => {
    const start = Date.parse('2026-03-10T12:00:00Z');
    expect(remaining(one, start + 1000)).toBeUndefined();
    expect(remaining(one, start + 10_000)).toBeCloseTo(30);
    expect(remaining({ ...one, status: 'done' }, start + 10_000)).toBeUndefined();
    expect(isRunning({ ...one, status: 'cancelled' })).toBe(false);
  });
});
