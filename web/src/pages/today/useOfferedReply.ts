import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/**
 * The quick reply that the address of the inbox names is taken once the
 * conversation can be written in, unless something stands in the field
 * already; then the address forgets it.
 */
export function useOfferedReply(ready: boolean, empty: boolean, take: (reply: { id: string }) => void) {
  const { quick }: { quick?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const taken = useRef('');
  useEffect(() => {
    if (!quick || !ready || taken.current === quick) return;
    taken.current = quick;
    if (empty) take({ id: quick });
    void navigate({ to: '.', search: ({ quick: _, ...was }: Record<string, string | undefined>) => was, replace: true });
  });
}
