import { expect, it } from 'vitest';
import { quietStretches } from './DayRuler';

it('a night is two stretches of a day, a nap is one, nothing is none', () => {
  expect(quietStretches('21:00', '09:00')).toEqual([
    [0, 540],
    [1260, 1440],
  ]);
  expect(quietStretches('12:30', '14:00')).toEqual([[750, 840]]);
  expect(quietStretches('22:00', '00:00')).toEqual([[1320, 1440]]);
  expect(quietStretches('08:00', '08:00')).toEqual([]);
});
