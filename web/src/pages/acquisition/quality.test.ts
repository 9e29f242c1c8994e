import { describe, expect, it } from 'vitest';
import type { Figures } from '../../api/acquisition';
import { buyersOf, costPerBuyer, verdictOf } from './quality';

const figures = (persons: number, cost_minor: number, reached_first: number | null): Figures => ({
  persons,
  cost_minor,
  reached_first,
  cac_minor: persons > 0 ? Math.round(cost_minor / persons) : null,
  known_before: 0,
  reached_repeat: null,
  ripe_persons: 0,
  orders_30: null,
  still_friend_30: null,
  orders: 0,
  gmv_minor: 0,
  refunded_minor: 0,
  net_minor: 0,
  roi: null,
});
const whole = figures(1000, 1_000_000, 0.4);

describe('what stands out among channels', () => {
  it('is traffic that is cheap because nobody buys', () => {
    expect(verdictOf(figures(300, 90_000, 0.1), whole)).toBe('cheapBad');
    expect(verdictOf(figures(300, 450_000, 0.1), whole)).toBe('dearBad');
    expect(verdictOf(figures(300, 300_000, 0.1), whole)).toBeUndefined();
  });
  it('is a price that quality explains, or beats', () => {
    expect(verdictOf(figures(100, 200_000, 0.6), whole)).toBe('dearGood');
    expect(verdictOf(figures(100, 50_000, 0.5), whole)).toBe('cheapGood');
    expect(verdictOf(figures(100, 100_000, 0.4), whole)).toBeUndefined();
  });
  it('is nothing where a few people would decide, or nothing was spent', () => {
    expect(verdictOf(figures(19, 1_900, 0), whole)).toBe('few');
    expect(verdictOf(figures(0, 5_000, null), whole)).toBeUndefined();
    expect(verdictOf(figures(100, 0, 0.4), figures(100, 0, 0.4))).toBeUndefined();
    expect(verdictOf(figures(100, 1000, 0.4), figures(100, 1000, 0))).toBeUndefined();
  });
  it('shows in what a buyer costs', () => {
    expect(buyersOf(figures(300, 90_000, 0.1))).toBeCloseTo(30);
    expect(costPerBuyer(figures(300, 90_000, 0.1))).toBe(3000);
    expect(costPerBuyer(figures(100, 200_000, 0.5))).toBe(4000);
    expect(costPerBuyer(figures(300, 90_000, 0))).toBeUndefined();
  });
});
