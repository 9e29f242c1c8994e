import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../app/useFormat';

/** How long somebody stayed: in days where these are many hours, nothing under a second. */
export function useStay(): (seconds: number) => string {
  const { t } = useTranslation();
  const f = useFormat();
  return useCallback((seconds) => (seconds < 1 ? '—' : seconds >= 86_400 ? t('journeys.span.days', { count: Math.round(seconds / 8640) / 10 }) : f.duration(seconds)), [t, f]);
}
