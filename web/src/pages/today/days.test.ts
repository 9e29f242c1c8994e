import { describe, expect, it } from 'vitest';
import { clockTime, dayName, momentOf, offered } from './days';

describe('days of the list', () => {
  it('mean a moment in the org’s zone, also where clocks change', () => {
    expect(momentOf('2026-11-27T15:00', 'Asia/Shanghai')).toBe('2026-11-27T07:00:00.000Z');
    expect(momentOf('2026-03-08T15:00', 'America/New_York')).toBe('2026-03-08T19:00:00.000Z');
    expect(momentOf('2026-03-07T15:00', 'America/New_York')).toBe('2026-03-07T20:00:00.000Z');
    expect(clockTime('2026-11-27T07:00:00Z', 'Asia/Shanghai', 'zh-CN')).toBe('15:00');
  });
  it('are those of the zone, not of UTC', () => {
    expect(offered(new Date('2026-11-22T20:00:00Z'), 'Asia/Shanghai')).toEqual({ today: '2026-11-23', tomorrow: '2026-11-24', inThree: '2026-11-26', inSeven: '2026-11-30', last: '2027-11-24' });
  });
  it('have their weekday', () => {
    expect(dayName('2026-11-22', 'zh-CN')).toBe('11月22日周日');
    expect(dayName('', 'en')).toBe('');
  });
});
