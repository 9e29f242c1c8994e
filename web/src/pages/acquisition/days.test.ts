import { describe, expect, it } from 'vitest';
import { addDays, cellsOf, daysBetween, daysFrom, isDay, lastDay, weekdayOf } from './days';

describe('calendar days', () => {
  it('go on over months and leap days', () => {
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
    expect(daysFrom('2025-12-30', 3)).toEqual(['2025-12-30', '2025-12-31', '2026-01-01']);
    expect(daysBetween('2026-03-01', '2026-03-31')).toBe(31);
    expect([lastDay('2024-02'), lastDay('2025-12')]).toEqual(['2024-02-29', '2025-12-31']);
    expect(weekdayOf('2026-03-08')).toBe(6);
    expect(weekdayOf('2026-03-09')).toBe(0);
  });
  it('are told from what only looks like one', () => {
    expect([isDay('2026-02-28'), isDay('2026-02-30'), isDay('2026-99-01'), isDay('20260228'), isDay(undefined)]).toEqual([true, false, false, false, false]);
  });
  it('are pasted from a spreadsheet', () => {
    expect(cellsOf('1\t2\r\n 3 \t\r\n')).toEqual([['1', '2'], ['3', '']]);
    expect(cellsOf('5')).toEqual([['5']]);
  });
});
