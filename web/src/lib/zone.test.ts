import { describe, expect, it } from 'vitest';
import { addMonths, countMonths, dayOf, isMonth, isZone, momentOf, nextDay, shownAt, startOfDay } from './zone';

describe('days of a zone', () => {
  it('begin at local midnight', () => {
    expect(startOfDay('2026-03-10', 'Asia/Shanghai')).toBe('2026-03-09T16:00:00.000Z');
    expect(startOfDay('2026-03-10', 'UTC')).toBe('2026-03-10T00:00:00.000Z');
    expect(startOfDay('2026-03-10', 'Asia/Kolkata')).toBe('2026-03-09T18:30:00.000Z');
  });
  it('begin right on the days when the clock changes', () => {
    expect(startOfDay('2011-03-27', 'Europe/London')).toBe('2011-03-27T00:00:00.000Z');
    expect(startOfDay('2011-03-28', 'Europe/London')).toBe('2011-03-27T23:00:00.000Z');
    expect(startOfDay('2011-10-31', 'Europe/London')).toBe('2011-10-31T00:00:00.000Z');
    expect(startOfDay('2026-11-01', 'America/New_York')).toBe('2026-11-01T04:00:00.000Z');
    expect(startOfDay('2026-11-02', 'America/New_York')).toBe('2026-11-02T05:00:00.000Z');
  });
  it('follow each other over the end of months and years', () => {
    expect(nextDay('2026-02-28')).toBe('2026-03-01');
    expect(nextDay('2024-02-28')).toBe('2024-02-29');
    expect(nextDay('2026-12-31')).toBe('2027-01-01');
  });
  it('are found from a moment', () => {
    expect(dayOf('2026-03-09T16:00:00Z', 'Asia/Shanghai')).toBe('2026-03-10');
    expect(dayOf('2026-03-09T15:59:59Z', 'Asia/Shanghai')).toBe('2026-03-09');
  });
});

describe('what the clock shows', () => {
  it('is a moment and back, also where the zone is not whole hours', () => {
    for (const zone of ['Asia/Shanghai', 'Asia/Kolkata', 'America/New_York', 'UTC']) {
      expect(shownAt(momentOf('2026-07-09T22:30', zone), zone)).toBe('2026-07-09T22:30');
    }
    expect(momentOf('2026-07-09T22:30', 'Asia/Shanghai')).toBe('2026-07-09T14:30:00.000Z');
  });
  it('jumps where the clock is put forward', () => {
    expect(shownAt(momentOf('2026-03-08T02:30', 'America/New_York'), 'America/New_York')).toMatch(/^2026-03-08T0[13]:30$/);
  });
});

describe('months', () => {
  it('are added and counted over years', () => {
    expect(addMonths('2011-01', -1)).toBe('2010-12');
    expect(addMonths('2011-11', 3)).toBe('2012-02');
    expect(countMonths('2010-12', '2011-12')).toBe(13);
    expect(countMonths('2011-05', '2011-05')).toBe(1);
  });
  it('are told from other text', () => {
    expect(isMonth('2011-12')).toBe(true);
    for (const wrong of ['2011-13', '2011-1', '2011', '', undefined]) expect(isMonth(wrong)).toBe(false);
  });
  it('know zones from nonsense', () => {
    expect(isZone('Asia/Shanghai')).toBe(true);
    expect(isZone('Atlantis/Capital')).toBe(false);
    expect(isZone('')).toBe(false);
  });
});
