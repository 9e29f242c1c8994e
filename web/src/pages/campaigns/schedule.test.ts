import { describe, expect, it } from 'vitest';
import { comesOn, emptySchedule, firstDay, wordsOf } from './schedule';

const monthly = { ...emptySchedule, every: 'month' as const, days: [1, 31] };

describe('a schedule', () => {
  it('comes on its days, and on the last of a month that is too short', () => {
    expect(['2026-11-23', '2026-11-24'].map((d) => comesOn(emptySchedule, d))).toEqual([true, false]);
    expect(['2026-11-30', '2026-11-29', '2026-12-31', '2026-12-30', '2026-12-01'].map((d) => comesOn(monthly, d))).toEqual([true, false, true, false, true]);
  });
  it('first comes at its hour where the brand is', () => {
    const monday = { ...emptySchedule, at: '10:00' };
    expect(firstDay(monday, '2026-11-23T01:59:00Z', 'Asia/Shanghai', false)).toBe('2026-11-23');
    expect(firstDay(monday, '2026-11-23T02:01:00Z', 'Asia/Shanghai', false)).toBe('2026-11-30');
  });
  it('by each person’s clock it is made where the day begins first', () => {
    const monday = { ...emptySchedule, at: '10:00' };
    expect(firstDay(monday, '2026-11-22T19:00:00Z', 'Asia/Shanghai', true)).toBe('2026-11-23');
    expect(firstDay(monday, '2026-11-22T21:00:00Z', 'Asia/Shanghai', true)).toBe('2026-11-30');
  });
  it('does not come after its end', () => {
    expect(firstDay({ ...emptySchedule, until: '2026-11-29' }, '2026-11-24T00:00:00Z', 'Asia/Shanghai', false)).toBeUndefined();
  });
  it('is said with its days in order', () => {
    const said = wordsOf({ ...emptySchedule, days: [4, 1] }, 'en', (key, values) => `${key} ${JSON.stringify(values)}`);
    expect(said).toBe('campaigns.again.words.week {"days":"Monday and Thursday","at":"10:00"}');
  });
});
