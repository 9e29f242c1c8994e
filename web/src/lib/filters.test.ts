import { describe, expect, it } from 'vitest';
import { countFilters, decodeFilters, encodeFilters, noFilters, toQuery, type CustomerFilters } from './filters';

const all: CustomerFilters = {
  q: '王 & 李',
  stage: 'silent',
  tag: 'tag_1',
  region: '广东 深圳',
  owner: 'stf_1',
  minGmv: 0,
  maxGmv: 100000,
  minOrders: 2,
  maxOrders: 9,
  lastOrderFrom: '2026-01-01',
  lastOrderTo: '2026-03-31',
  createdFrom: '2025-01-01',
  createdTo: '2025-12-31',
  sort: 'gmv_minor',
  descending: true,
};

/** As an address carries it. */
function throughAddress(f: CustomerFilters): CustomerFilters {
  const text = new URLSearchParams(encodeFilters(f)).toString();
  return decodeFilters(Object.fromEntries(new URLSearchParams(text)));
}

describe('filters in an address', () => {
  it('come back as they went', () => {
    expect(throughAddress(all)).toEqual(all);
    expect(throughAddress(noFilters)).toEqual(noFilters);
    const ascending: CustomerFilters = { sort: 'name', descending: false };
    expect(throughAddress(ascending)).toEqual(ascending);
  });
  it('leave out what is at its default', () => {
    expect(encodeFilters(noFilters)).toEqual({});
    expect(encodeFilters({ sort: 'last_order_at', descending: false })).toEqual({ sort: 'last_order_at' });
  });
  it('ignore what makes no sense', () => {
    expect(
      decodeFilters({ stage: 'drowned', min_gmv: '-5', max_orders: '1e400', last_order_from: '2026-02-31x', created_to: '2026-13-01', sort: '-password', q: '   ' }),
    ).toEqual(noFilters);
  });
  it('are counted without the order', () => {
    expect(countFilters(noFilters)).toBe(0);
    expect(countFilters({ ...noFilters, sort: 'name' })).toBe(0);
    expect(countFilters({ ...noFilters, stage: 'lost', minGmv: 0 })).toBe(2);
  });
});

describe('the API’s query', () => {
  it('names every filter as the API does', () => {
    expect(toQuery(all, 'UTC')).toEqual({
      q: '王 & 李',
      stage: 'silent',
      tag_id: 'tag_1',
      region: '广东 深圳',
      owner_staff_id: 'stf_1',
      min_gmv_minor: 0,
      max_gmv_minor: 100000,
      min_orders: 2,
      max_orders: 9,
      last_order_from: '2026-01-01T00:00:00.000Z',
      last_order_to: '2026-04-01T00:00:00.000Z',
      created_from: '2025-01-01T00:00:00.000Z',
      created_to: '2026-01-01T00:00:00.000Z',
      sort: '-gmv_minor',
    });
  });
  it('cuts days in the org’s zone and counts the last day whole', () => {
    const q = toQuery({ ...noFilters, lastOrderFrom: '2026-03-10', lastOrderTo: '2026-03-10' }, 'Asia/Shanghai');
    expect(q.last_order_from).toBe('2026-03-09T16:00:00.000Z');
    expect(q.last_order_to).toBe('2026-03-10T16:00:00.000Z');
    expect(q.created_from).toBeUndefined();
  });
});
