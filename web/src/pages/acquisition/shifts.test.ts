import { describe, expect, it } from 'vitest';
import { emptyWeek, minutesOf, onDuty, paint, roughly, stepOf, stretches, timeOf, toShifts, toWeek } from './shifts';

const hours = (day: boolean[]) => stretches(day, 30).map(([a, b]) => `${timeOf(a)}-${timeOf(b)}`);

describe('shifts of a week', () => {
  it('come back from the grid as they went in', () => {
    const shifts = [
      { days: [1, 2, 3, 4, 5], from: '09:00', to: '12:00' },
      { days: [1, 2, 3, 4, 5], from: '13:30', to: '18:00' },
      { days: [6, 7], from: '10:00', to: '24:00' },
    ];
    expect(toShifts(toWeek(shifts, 30), 30, [])).toEqual(shifts);
    expect(toShifts(toWeek([{ from: '00:00', to: '24:00' }], 30), 30, ['a'])).toEqual([{ from: '00:00', to: '24:00', staff_ids: ['a'] }]);
  });
  it('that end on the next day fill both, Sunday night the Monday', () => {
    const week = toWeek([{ days: [7], from: '22:00', to: '06:00' }], 30);
    expect(hours(week[6]!)).toEqual(['22:00-24:00']);
    expect(hours(week[0]!)).toEqual(['00:00-06:00']);
    expect(hours(week[1]!)).toEqual([]);
    // from = to is a whole day, as the server reads it.
    expect(hours(toWeek([{ days: [3], from: '08:00', to: '08:00' }], 30)[2]!)).toEqual(['08:00-24:00']);
  });
  it('choose how fine the grid is, and tell what it cannot show', () => {
    expect(stepOf([{ from: '09:00', to: '18:30' }])).toBe(30);
    expect(stepOf([{ from: '09:15', to: '18:00' }])).toBe(15);
    expect(roughly([{ from: '09:10', to: '18:00' }], 15)).toBe(true);
    expect(roughly([{ from: '09:15', to: '18:00' }], 15)).toBe(false);
    expect(minutesOf('24:00')).toBe(1440);
  });
  it('are painted as a rectangle, in either direction', () => {
    const week = paint(emptyWeek(30), [4, 35], [0, 18], true);
    expect(toShifts(week, 30, [])).toEqual([{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }]);
    expect(toShifts(paint(week, [0, 24], [4, 25], false), 30, [])).toEqual([
      { days: [1, 2, 3, 4, 5], from: '09:00', to: '12:00' },
      { days: [1, 2, 3, 4, 5], from: '13:00', to: '18:00' },
    ]);
  });
  it('tell who is on duty', () => {
    const shifts = [
      { staff_ids: ['a'], days: [1], from: '09:00', to: '18:00' },
      { staff_ids: ['b'], days: [1], from: '18:00', to: '02:00' },
    ];
    expect(onDuty(['a', 'b'], shifts, 0, 9 * 60)).toEqual(['a']);
    expect(onDuty(['a', 'b'], shifts, 0, 18 * 60)).toEqual(['b']);
    expect(onDuty(['a', 'b'], shifts, 1, 60)).toEqual(['b']);
    expect(onDuty(['a', 'b'], shifts, 1, 120)).toEqual([]);
    expect(onDuty(['a', 'b'], [], 3, 0)).toEqual(['a', 'b']);
    expect(onDuty(['a', 'b'], [{ days: [7], from: '20:00', to: '02:00' }], 0, 60)).toEqual(['a', 'b']);
  });
});
