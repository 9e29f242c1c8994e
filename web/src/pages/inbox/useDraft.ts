import { useCallback, useEffect, useRef, useState } from 'react';
import { inbox } from '../../api/inbox';

/** How long somebody pauses until what they have begun is kept, in milliseconds. */
const pause = 800;
/** What was begun in conversations that were left: it is there at once when they are opened again. */
const begun = new Map<string, string>();

/** What somebody has begun to write in a conversation. The server keeps it, for other machines too. */
export function useDraft(me: string, id: string, kept: string | undefined, write: boolean) {
  const key = `${me} ${id}`;
  const [text, setText] = useState(() => begun.get(key) ?? kept ?? '');
  const touched = useRef(begun.has(key));
  const saved = useRef(kept ?? '');
  const now = useRef(text);
  now.current = text;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // It comes a moment after the page; who has begun to write meanwhile is not disturbed.
  useEffect(() => {
    if (kept === undefined) return;
    if (!touched.current) {
      saved.current = kept;
      setText(kept);
    }
  }, [kept]);

  const save = useCallback(
    (leaving = false) => {
      clearTimeout(timer.current);
      if (!write || !touched.current || now.current === saved.current) return;
      const value = now.current;
      saved.current = value;
      inbox.draft(id, value, leaving).catch(() => {
        saved.current = '\u0000'; // not kept: the next pause tries again
      });
    },
    [id, write],
  );

  const change = useCallback(
    (value: string) => {
      touched.current = true;
      begun.set(key, value);
      now.current = value;
      setText(value);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => save(), pause);
    },
    [key, save],
  );

  /** It was sent: the server forgets the draft by itself. */
  const sent = useCallback(() => {
    clearTimeout(timer.current);
    begun.delete(key);
    touched.current = false;
    saved.current = '';
    now.current = '';
    setText('');
  }, [key]);

  useEffect(() => {
    const leave = () => save(true);
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      save(true);
    };
  }, [save]);

  return { text, change, sent };
}
