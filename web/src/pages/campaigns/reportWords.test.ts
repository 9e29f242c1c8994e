import { expect, it } from 'vitest';
import { formatMoney, formatNumber, formatShare } from '../../lib/format';
import { amount, difference, mean, places } from './reportWords';

const f = { money: (n: number, c = 'CNY') => formatMoney(n, c, 'zh-CN'), number: (n: number) => formatNumber(n, 'zh-CN'), share: (n: number, d?: number) => formatShare(n, 'zh-CN', d) };

it('figures have no more places than they deserve, and a sign where they are a difference', () => {
  expect(amount('buyers', 12.345, 'CNY', f)).toBe('12.3');
  expect(amount('orders', 1234.5, 'CNY', f)).toBe('1,235');
  expect(difference('buyers', 12.34, 'CNY', f)).toBe('+12.3');
  expect(difference('money', -123456.4, 'CNY', f)).toBe('−¥1,234.56');
  expect(difference('buyers', 0.01, 'CNY', f)).toBe('0');
  expect(mean({ key: 'buyers', rate: true }, { mean: 0.0512, n: 100, sd: 0, total: 5 }, 'CNY', f)).toBe('5.12%');
});

it('the line of an interval always shows nought', () => {
  const right = places(2, 5, 8);
  expect(right.zero).toBeLessThan(right.low);
  expect(right.low).toBeLessThan(right.estimate);
  expect(right.high).toBeLessThanOrEqual(100);
  const both = places(-3, 1, 5);
  expect(both.low).toBeGreaterThanOrEqual(0);
  expect(both.zero).toBeGreaterThan(both.low);
  expect(places(0, 0, 0)).toEqual({ low: 50, zero: 50, estimate: 50, high: 50 });
});
