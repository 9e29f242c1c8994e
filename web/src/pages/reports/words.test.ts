import { describe, expect, it } from 'vitest';
import { clock, queryOf } from './words';

describe('queryOf', () => {
  it('takes the question out of an address', () => {
    expect(queryOf(' http://pond.example/measure?tab=funnel&q=%7B%7D#x ')).toBe('tab=funnel&q=%7B%7D');
    expect(queryOf('from=2026-01&to=2026-03')).toBe('from=2026-01&to=2026-03');
    expect(queryOf('http://pond.example/')).toBe('');
    expect(queryOf('')).toBe('');
  });
});

describe('clock', () => {
  it('shows two digits', () => {
    expect(clock({ hour: 8 })).toBe('08:00');
    expect(clock({ hour: 18, minute: 5 })).toBe('18:05');
  });
});
