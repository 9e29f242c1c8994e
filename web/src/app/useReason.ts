import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** Why a message waits, was held back or failed, in words; a code that nobody foresaw is named. */
export function useReason(): (why: string) => string {
  const { t } = useTranslation();
  return useCallback((why) => t(`reach.why.${why}`, { defaultValue: t('reach.otherWhy', { code: why }) }), [t]);
}
