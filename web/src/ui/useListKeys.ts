import { useEffect, useState } from 'react';
import { isTyping } from '../lib/typing';

/**
 * j and k move through a list, Enter opens the row. Returns the marked row's
 * index, or -1 before the first key.
 */
export function useListKeys(count: number, open: (index: number) => void): number {
  const [at, setAt] = useState(-1);

  useEffect(() => {
    setAt(-1);
  }, [count]);

  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (isTyping(e) || count === 0) return;
      if (e.key === 'j') setAt((n) => Math.min(n + 1, count - 1));
      else if (e.key === 'k') setAt((n) => Math.max(n - 1, 0));
      else if (e.key === 'Enter' && at >= 0 && (e.target === document.body || e.target instanceof HTMLTableRowElement)) {
        open(at);
      } else return;
      e.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [at, count, open]);

  useEffect(() => {
    if (at >= 0) document.querySelector('.fp-row-active')?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  return at;
}
