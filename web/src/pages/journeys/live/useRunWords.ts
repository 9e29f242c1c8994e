import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useReason } from '../../../app/useReason';

/** Why somebody left, or what came of a step: "held:quiet_hours" in words. */
export function useRunWords(): (code: string) => string {
  const { t } = useTranslation();
  const reason = useReason();
  return useCallback(
    (code) => {
      if (!code) return '';
      const [first = '', ...rest] = code.split(':');
      const said = t(`journeys.run.why.${first}`, { defaultValue: '' });
      const more = rest.join(':');
      if (!said) return t(`reach.why.${code}`, { defaultValue: /^[a-z_]+$/.test(code) ? t('journeys.run.otherWhy', { code }) : code });
      return more ? `${said} · ${t(`reach.why.${more}`, { defaultValue: t(`journeys.run.why.${more}`, { defaultValue: reason(more) }) })}` : said;
    },
    [t, reason],
  );
}
