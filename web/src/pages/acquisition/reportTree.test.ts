import { describe, expect, it } from 'vitest';
import type { Payback, ReportRow } from '../../api/acquisition';
import { curveOf, nest } from './reportTree';

const row = (key: string, parent_id = '') => ({ key, parent_id, name: key }) as ReportRow;

describe('a report by channel', () => {
  it('is a tree again', () => {
    const [a, x] = nest([row('a'), row('b', 'a'), row('c', 'b'), row('x', 'gone')]);
    expect(a?.children?.[0]?.children?.[0]?.key).toBe('c');
    expect(x?.key).toBe('x');
    expect(x?.children).toBeUndefined();
  });
});

describe('payback of all months together', () => {
  const month = (name: string, persons: number, cost_minor: number, net: number[]): Payback['months'][number] => ({
    month: name, persons, cost_minor, cac_minor: null, paid_back_in: null, cells: net.map((net_minor, offset) => ({ offset, net_minor, per_person_minor: null })),
  });
  const payback = (months: Payback['months']): Payback => ({ model: 'first', window_days: 90, time_zone: 'UTC', currency: 'CNY', months });
  it('weighs months by their people and leaves out those that are too young', () => {
    const c = curveOf(payback([month('2026-01', 10, 1000, [500, 2000]), month('2026-02', 30, 9000, [900])]));
    expect(c).toEqual({ perPerson: [35, 200], cac: [250, 100], persons: [40, 10] });
  });
  it('is nothing without people', () => {
    expect(curveOf(payback([month('2026-01', 0, 1000, [0, 0])]))).toEqual({ perPerson: [], cac: [], persons: [] });
  });
});
