import { expect, it } from 'vitest';
import { byMost, through, totalOf } from './sending';

it('a plan is through when nothing of it is open, and not a message earlier', () => {
  const plan = { total: 1000, planned: 0, sending: 0, waiting: {} };
  expect(through(plan)).toBe(100);
  expect(through({ ...plan, waiting: { retry: 1 } })).toBe(99);
  expect(through({ ...plan, asked: 500 })).toBe(50);
  expect(through({ ...plan, total: 0 })).toBe(0);
});

it('reasons are summed, and listed with the most first', () => {
  expect(totalOf({ cap: 2, consent: 5 })).toBe(7);
  expect(totalOf(null)).toBe(0);
  expect(byMost({ cap: 2, consent: 5, retry: 0, budget: 2 })).toEqual([
    ['consent', 5],
    ['budget', 2],
    ['cap', 2],
  ]);
});
