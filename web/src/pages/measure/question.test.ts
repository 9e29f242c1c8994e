import { describe, expect, it } from 'vitest';
import { readQuestion, spanText } from './question';

describe('the question in the address', () => {
  it('is read, and is nothing when it is broken', () => {
    expect(readQuestion<{ a: number }>('{"a":1}')).toEqual({ a: 1 });
    for (const broken of [undefined, '', '{', '[1]', 'null', '7']) expect(readQuestion(broken)).toBeUndefined();
  });
});

describe('a span of time', () => {
  const unit = (name: string, n: number) => `${n}${name[0]}`;
  it('is said in its two largest units', () => {
    expect(spanText(0, unit)).toBe('0s');
    expect(spanText(61, unit)).toBe('1m 1s');
    expect(spanText(3600, unit)).toBe('1h');
    expect(spanText(90_061, unit)).toBe('1d 1h');
    expect(spanText(40 * 86_400, unit)).toBe('40d');
  });
});
