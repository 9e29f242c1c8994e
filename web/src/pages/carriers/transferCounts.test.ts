import { describe, expect, it } from 'vitest';
import { transferEvery, transferOpen, transferTotal } from './transferCounts';

describe('the counts of a hand-over', () => {
  it('add up, whatever is missing', () => {
    expect(transferTotal({ counts: {} })).toBe(0);
    expect(transferTotal({ counts: { done: 3, refused: 1, waiting: 2 } })).toBe(6);
  });
  it('say whether anything can still happen', () => {
    expect(transferOpen({ counts: { done: 3, refused: 1, failed: 1, full: 1 } })).toBe(false);
    expect(transferOpen({ counts: { done: 3, waiting: 1 } })).toBe(true);
    expect(transferOpen({ counts: { queued: 1 } })).toBe(true);
  });
  it('are asked for again as long as that is so', () => {
    expect(transferEvery(undefined)).toBe(false);
    expect(transferEvery({ counts: { done: 1 } })).toBe(false);
    expect(Number(transferEvery({ counts: { queued: 1 } }))).toBeLessThan(Number(transferEvery({ counts: { waiting: 1 } })));
  });
});
