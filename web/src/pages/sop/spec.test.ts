import { describe, expect, it } from 'vitest';
import type { SOPStep } from '../../api/sops';
import { inOrder, minutesOf, newStep, problemsBy, rowsOf, stepId, timeOf } from './spec';

const step = (id: string, day: number, at: string): SOPStep => ({ id, day, at, kind: 'message', text: 'x' });

describe('a series that is written', () => {
  it('is shown in the order in which it comes', () => {
    expect(inOrder([step('b', 1, '09:00'), step('c', 0, '20:00'), step('a', 0, '09:30')]).map((s) => s.id)).toEqual(['a', 'c', 'b']);
  });
  it('shows short gaps and leaves long ones out', () => {
    const rows = rowsOf([step('a', 0, '10:00'), step('b', 2, '10:00'), step('c', 14, '10:00')]);
    expect(rows.map((r) => [r.day, r.steps.length, r.gap])).toEqual([[0, 1, 0], [1, 0, 0], [2, 1, 0], [14, 1, 11]]);
  });
  it('puts a new step behind the last of its day', () => {
    expect(newStep([step('a', 0, '20:30')], 0).at).toBe('21:30');
    expect(newStep([step('a', 0, '23:30')], 0).at).toBe('23:59');
    expect(newStep([step('a', 0, '20:30')], 1).at).toBe('10:00');
  });
  it('reads and writes hours', () => {
    expect(minutesOf('09:05')).toBe(545);
    expect([timeOf(545), timeOf(-5), timeOf(5000)]).toEqual(['09:05', '00:00', '23:59']);
  });
  it('never names two steps alike', () => {
    const all: SOPStep[] = [];
    for (let i = 0; i < 200; i++) all.push({ ...step('', 0, '10:00'), id: stepId(all) });
    expect(new Set(all.map((s) => s.id)).size).toBe(200);
    expect(all.every((s) => /^[a-z0-9]{6}$/.test(s.id ?? ''))).toBe(true);
  });
  it('puts what is wrong where it belongs', () => {
    const found = problemsBy([{ location: 'body.spec.steps[1].text', message: 'A' }, { location: 'body.spec.trigger.segment_id', message: 'B' }, { location: 'body.name', message: 'C' }], [step('a', 0, '09:00'), step('b', 0, '09:00')]);
    expect([...found]).toEqual([['b.text', 'A'], ['trigger.segment_id', 'B'], ['name', 'C']]);
  });
});
