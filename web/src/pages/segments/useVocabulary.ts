import { useQuery } from '@tanstack/react-query';
import { segments } from '../../api/endpoints';
import { usePreferences } from '../../app/preferences';

/** What conditions can speak about, in the reader's language. */
export function useVocabulary() {
  const { language } = usePreferences();
  return useQuery({ queryKey: ['segment-vocabulary', language], queryFn: segments.vocabulary, staleTime: 60_000 });
}
