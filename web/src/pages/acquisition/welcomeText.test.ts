import { describe, expect, it } from 'vitest';
import { fill, neverSaid, welcomeAt } from './welcomeText';

const text = [{ kind: 'text' as const, text: 'x' }];

describe('a welcome', () => {
  it('is filled with names, and shows a variable that there is none of', () => {
    expect(fill('{{name}}你好，我是{{ staff }}', { name: '小满', staff: '小美' })).toBe('小满你好，我是小美');
    expect(fill('{{nam}}', { name: '小满' })).toBe('{{nam}}');
  });
  it('is the first whose time it is', () => {
    const all = [
      { parts: text, days: [6, 7] },
      { parts: text, from: '22:00', to: '08:00' },
      { parts: text, from: '09:00', to: '18:00' },
    ];
    expect(welcomeAt(all, 5, 600)).toBe(0);
    expect(welcomeAt(all, 0, 23 * 60)).toBe(1);
    expect(welcomeAt(all, 1, 60)).toBe(1);
    expect(welcomeAt(all, 1, 600)).toBe(2);
    expect(welcomeAt(all, 1, 20 * 60)).toBe(-1);
  });
  it('behind one that is always said is never said', () => {
    expect(neverSaid([{ parts: text }, { parts: text, from: '09:00', to: '18:00' }])).toEqual([false, true]);
    expect(neverSaid([{ parts: text, from: '09:00', to: '18:00' }, { parts: text }])).toEqual([false, false]);
  });
});
