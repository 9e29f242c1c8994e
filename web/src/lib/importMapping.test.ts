import { describe, expect, it } from 'vitest';
import { assign, fieldOf, missing, sanitize, startRequest, type ImportOptions } from './importMapping';

const options: ImportOptions = {
  kind: 'orders',
  preset: 'online-retail',
  timeLayout: '',
  timeZone: 'Europe/London',
  currency: 'GBP',
  refundPrefix: 'C',
  encoding: 'utf-8',
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
  });
  it('says what is missing', () => {
    expect(missing('orders', {})).toEqual(['who', 'time', 'amount']);
    expect(missing('orders', { phone: 'P', time: 'T', price: 'X' })).toEqual(['amount']);
    expect(missing('orders', { phone: 'P', time: 'T', price: 'X', quantity: 'Q' })).toEqual([]);
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
  });
  it('leaves out what does not apply to customers', () => {
    const body = startRequest('upl_1', { customer: 'C', order: 'O' }, { ...options, kind: 'persons', preset: '' });
    expect(body).toEqual({ upload_id: 'upl_1', kind: 'persons', mapping: { customer: 'C' }, time_zone: 'Europe/London', encoding: 'utf-8' });
  });
});
