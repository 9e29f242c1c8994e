import { useMemo } from 'react';
import * as f from '../lib/format';
import { useMaybeMe } from './me';
import { usePreferences } from './preferences';

/** Formatting in the reader's language, the org's time zone and currency. */
export function useFormat() {
  const { language } = usePreferences();
  const org = useMaybeMe()?.org;
  const timeZone = org?.time_zone ?? 'UTC';
  const currency = org?.currency ?? 'CNY';
  return useMemo(
    () => ({
      language,
      timeZone,
      currency,
      money: (minor: number, code?: string) => f.formatMoney(minor, code || currency, language, false, !code || code === currency),
      moneyCompact: (minor: number, code?: string) => f.formatMoney(minor, code || currency, language, true, !code || code === currency),
      number: (value: number) => f.formatNumber(value, language),
      compact: (value: number) => f.formatCompact(value, language),
      share: (value: number, digits?: number) => f.formatShare(value, language, digits),
      dateTime: (iso: string) => f.formatDateTime(iso, timeZone, language),
      date: (iso: string) => f.formatDate(iso, timeZone, language),
      relative: (iso: string, now = Date.now()) => f.formatRelative(iso, now, language),
      duration: (seconds: number) => f.formatDuration(seconds, language),
      bytes: (bytes: number) => f.formatBytes(bytes, language),
    }),
    [language, timeZone, currency],
  );
}
