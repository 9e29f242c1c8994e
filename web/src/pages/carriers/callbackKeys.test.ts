import { describe, expect, it } from 'vitest';
import { randomKey, randomToken } from './callbackKeys';

describe('keys for callbacks', () => {
  it('are what the platforms take', () => {
    for (let i = 0; i < 200; i++) {
      expect(randomToken()).toMatch(/^[A-Za-z0-9]{24}$/);
      const key = randomKey();
      expect(key).toMatch(/^[A-Za-z0-9]{43}$/);
      const bytes = atob(`${key}=`);
      expect(bytes).toHaveLength(32);
      expect(btoa(bytes), 'no bits are left over').toBe(`${key}=`);
    }
  });
  it('are never the same', () => {
    expect(new Set(Array.from({ length: 500 }, randomKey)).size).toBe(500);
  });
});
