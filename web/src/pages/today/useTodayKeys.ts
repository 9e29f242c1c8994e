import { useEffect, useRef, useState } from 'react';
import { isTyping } from '../../lib/typing';
import type { Act } from './OutcomeDialog';

const acts: Record<string, Act> = { d: 'done', p: 'postpone', n: 'decline' };

/** j and k move, d, p and n attend to who is marked, Enter opens them. Returns who is marked, -1 before the first key. */
export function useTodayKeys(count: number, open: (n: number) => void, act: (n: number, what: Act) => void) {
  const [at, setAt] = useState(-1);
  const goSince = useRef(0);

  // When the marked one leaves the list, the next one takes their place.
  useEffect(() => setAt((n) => Math.min(n, count - 1)), [count]);

  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (isTyping(e) || count === 0) return;
      const going = goSince.current > 0 && e.timeStamp - goSince.current < 1500; // g and a letter goes elsewhere
      goSince.current = e.key === 'g' ? e.timeStamp : 0;
      if (going || e.key === 'g') return;
      const what = acts[e.key];
      if (e.key === 'j') setAt((n) => Math.min(n + 1, count - 1));
      else if (e.key === 'k') setAt((n) => Math.max(n - 1, 0));
      else if (what && at >= 0) act(at, what);
      else if (e.key === 'Enter' && at >= 0 && e.target === document.body) open(at);
      else return;
      e.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [at, count, open, act]);

  useEffect(() => {
    if (at >= 0) document.querySelector('.fp-today-item.active')?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  return { at, mark: setAt };
}
