import { useTranslation } from 'react-i18next';

/** What somebody is called; whoever has left no name is told apart by the end of their number. */
export function useCalled(): (who: { person_name: string; person_id: string }) => string {
  const { t } = useTranslation();
  return (who) => who.person_name || `${t('customer.nameless')} ${who.person_id.slice(-4)}`;
}
