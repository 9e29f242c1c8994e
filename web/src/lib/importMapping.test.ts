import { describe, expect, it } from 'vitest';
import { assign, dateOrder, fieldOf, missing, repeated, sanitize, startRequest, withPreset, type ImportOptions } from './importMapping';

const options: ImportOptions = {
  kind: 'orders',
  preset: 'online-retail',
  source: '',
  negativeRefunds: false,
  timeLayout: '',
  timeZone: 'Europe/London',
  currency: 'GBP',
  refundPrefix: 'C',
  encoding: 'utf-8',
  channel: '',
};

describe('a column mapping', () => {
  it('gives a field one column and a column one field', () => {
    let m = assign({}, 'A', 'customer');
    m = assign(m, 'B', 'time');
    m = assign(m, 'C', 'customer'); // customer moves from A to C
    expect(m).toEqual({ customer: 'C', time: 'B' });
    m = assign(m, 'C', 'order'); // C changes its meaning
    expect(m).toEqual({ order: 'C', time: 'B' });
    expect(fieldOf(m, 'B')).toBe('time');
    m = assign(m, 'B', undefined);
    expect(m).toEqual({ order: 'C' });
    expect(fieldOf(m, 'B')).toBeUndefined();
  });
  it('keeps of a guess only what exists', () => {
    const guess = { customer: 'CustomerID', time: 'Gone', nonsense: 'CustomerID', gender: 'G' };
    expect(sanitize('orders', guess, ['CustomerID', 'G'])).toEqual({ customer: 'CustomerID' });
    expect(sanitize('persons', guess, ['CustomerID', 'G'])).toEqual({ customer: 'CustomerID', gender: 'G' });
    expect(sanitize('orders', undefined, ['A'])).toEqual({});
    expect(sanitize('persons', { 'trait:size': 'S' }, ['S'])).toEqual({ 'trait:size': 'S' });
    expect(sanitize('orders', { 'trait:size': 'S' }, ['S'])).toEqual({});
  });
  it('finds names that stand twice', () => {
    expect(repeated(['a', 'b', 'a', 'c', 'b', 'a'])).toEqual(['a', 'b']);
    expect(repeated(['a', 'b'])).toEqual([]);
  });
  it('takes over what a preset knows', () => {
    const p = { name: 'p', title: '', kind: 'orders' as const, mapping: {}, time_zone: 'Asia/Tokyo', currency: '', refund_prefix: 'R' };
    expect(withPreset(options, p)).toMatchObject({ preset: 'p', timeZone: 'Asia/Tokyo', currency: 'GBP', refundPrefix: 'R', timeLayout: '' });
  });
  it('tells which way round a date is', () => {
    expect(dateOrder('2/1/2006 15:04')).toBe('dayFirst');
    expect(dateOrder('01/02/2006')).toBe('monthFirst');
    expect(dateOrder('2006-01-02')).toBe('monthFirst');
    expect(dateOrder('unix')).toBeUndefined();
  });
  it('says what is missing', () => {
    expect(missing('orders', {})).toEqual(['who', 'time', 'amount']);
    expect(missing('orders', { phone: 'P', time: 'T', quantity: 'Q' })).toEqual(['amount']);
    expect(missing('orders', { phone: 'P', time: 'T', price: 'X' })).toEqual([]);
    expect(missing('orders', { customer: 'C', time: 'T', amount: 'A' })).toEqual([]);
    expect(missing('persons', { name: 'N' })).toEqual(['who']);
    expect(missing('persons', { email: 'E' })).toEqual([]);
  });
});

describe('the request that starts an import', () => {
  it('carries what applies to orders', () => {
    expect(startRequest('upl_1', { customer: 'C', time: 'T' }, options)).toEqual({
      upload_id: 'upl_1',
      kind: 'orders',
      preset: 'online-retail',
      mapping: { customer: 'C', time: 'T' },
      time_zone: 'Europe/London',
      currency: 'GBP',
      refund_prefix: 'C',
      encoding: 'utf-8',
    });
    expect(startRequest('upl_1', {}, { ...options, source: ' store ', negativeRefunds: true })).toMatchObject({ source: 'store', negative_refunds: true });
    expect(startRequest('upl_1', {}, { ...options, channel: 'chn_1' }).channel).toBe('chn_1');
  });
  it('leaves out what does not apply to customers', () => {
    const body = startRequest('upl_1', { customer: 'C', order: 'O' }, { ...options, kind: 'persons', preset: '' });
    expect(body).toEqual({ upload_id: 'upl_1', kind: 'persons', mapping: { customer: 'C' }, time_zone: 'Europe/London', encoding: 'utf-8' });
  });
});
