import { describe, expect, it } from 'vitest';
import { change, currencyDigits, formatBytes, formatDateTime, formatDuration, formatMoney, formatRelative, formatShare, parseMoney } from './format';

describe('money', () => {
  it('places the decimal point by the currency', () => {
    expect(formatMoney(123456, 'CNY', 'zh-CN')).toBe('¥1,234.56');
    expect(formatMoney(891140790, 'GBP', 'en')).toBe('£8,911,407.90');
    expect(formatMoney(1234, 'JPY', 'en')).toBe('¥1,234');
    expect(formatMoney(-50, 'GBP', 'en')).toBe('-£0.50');
    expect(currencyDigits('KWD')).toBe(3);
  });
  it('does not throw for what is no currency', () => {
    expect(formatMoney(100, 'nonsense', 'en')).toBe('1 nonsense');
  });
  it('reads what people type', () => {
    expect(parseMoney('1,234.5', 'CNY')).toBe(123450);
    expect(parseMoney(' 1，000 ', 'CNY')).toBe(100000);
    expect(parseMoney('12', 'JPY')).toBe(12);
    expect(parseMoney('19.99', 'USD')).toBe(1999);
    for (const wrong of ['', 'abc', '1e400', '1.2.3', '--1']) expect(parseMoney(wrong, 'CNY')).toBeUndefined();
  });
});

describe('time', () => {
  it('is shown in the zone it is asked for, not the machine’s', () => {
    expect(formatDateTime('2011-12-09T12:50:00Z', 'Europe/London', 'en')).toContain('12:50:00');
    expect(formatDateTime('2011-12-09T16:30:00Z', 'Asia/Shanghai', 'zh-CN')).toBe('2011/12/10 00:30:00');
    expect(formatDateTime('nonsense', 'UTC', 'en')).toBe('');
  });
  it('is relative in whole units, both ways', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    expect(formatRelative('2026-03-10T11:59:30Z', now, 'en')).toBe('now');
    expect(formatRelative('2026-03-10T11:01:00Z', now, 'en')).toBe('59 minutes ago');
    expect(formatRelative('2026-03-07T12:00:00Z', now, 'zh-CN')).toBe('3天前');
    expect(formatRelative('2026-03-11T12:00:00Z', now, 'en')).toBe('tomorrow');
    expect(formatRelative('2024-03-01T12:00:00Z', now, 'en')).toBe('2 years ago');
  });
  it('says how long something took', () => {
    expect(formatDuration(12.44, 'en')).toBe('12.4 sec');
    expect(formatDuration(125, 'en')).toBe('2 min 5 sec');
    expect(formatDuration(7320, 'en')).toBe('2 hr 2 min');
  });
});

describe('comparison', () => {
  it('knows a rise, a fall and nothing to compare with', () => {
    expect(change(110, 100)).toEqual({ direction: 'up', ratio: 0.1 });
    expect(change(50, 100)).toEqual({ direction: 'down', ratio: -0.5 });
    expect(change(5, 0)).toEqual({ direction: 'up' });
    expect(change(5, undefined)).toEqual({ direction: 'same' });
  });
  it('writes shares and sizes', () => {
    expect(formatShare(0.4123, 'en')).toBe('41.2%');
    expect(formatBytes(45_300_000, 'en')).toBe('45 MB');
    expect(formatBytes(1500, 'en')).toBe('1.5 kB');
  });
});
