import { describe, expect, it } from 'vitest';
import { safeReturn } from './useEnter';

describe('the place to come back to', () => {
  it('is a path of this console', () => {
    expect(safeReturn('/customers?stage=lost')).toBe('/customers?stage=lost');
    expect(safeReturn(undefined)).toBe('/');
  });
  it('is never another site', () => {
    for (const evil of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '']) expect(safeReturn(evil)).toBe('/');
  });
});
