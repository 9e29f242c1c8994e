import { useCallback, useEffect, useRef, useState } from 'react';
import { asProblem } from '../api/problem';

/** refused: the server says what is wrong with it; conflict: somebody else has stored another. */
export type Saving = 'saved' | 'changed' | 'saving' | 'refused' | 'conflict' | 'failed';

interface Autosave<T> {
  saving: Saving;
  /** Why it is not stored. */
  error: unknown;
  dirty: boolean;
  /** Stores what is not stored yet, and tells whether all is. */
  flush: () => Promise<boolean>;
  /** This is what the server has now, whatever was stored before. */
  took: (value: T) => void;
}

/**
 * Stores a value a moment after its last change: one request at a time, what was
 * changed meanwhile after it. Whoever goes on waits for flush. After a conflict
 * nothing is stored until it has ended.
 * @param pause after the last change, in milliseconds
 * @param save stores one; it may be another function each time
 */
export function useAutosave<T>(value: T, write: boolean, pause: number, save: (value: T) => Promise<void>): Autosave<T> {
  const text = JSON.stringify(value);
  const [saving, setSaving] = useState<Saving>('saved');
  const [error, setError] = useState<unknown>();
  const stored = useRef(text);
  const sending = useRef<string | null>(null); // what is on its way to the server
  const running = useRef<Promise<boolean> | null>(null);
  const now = useRef({ value, text, save });
  now.current = { value, text, save };

  // Somebody who takes a change back before it was stored has nothing left to store.
  const rest = useCallback(() => {
    setError(undefined);
    setSaving('saved');
    return true;
  }, []);

  const once = useCallback(async (): Promise<boolean> => {
    const mine = now.current;
    if (mine.text === stored.current) return rest();
    setSaving('saving');
    sending.current = mine.text;
    try {
      await mine.save(mine.value);
      stored.current = mine.text;
      setError(undefined);
      setSaving(now.current.text === mine.text ? 'saved' : 'changed');
      return true;
    } catch (e) {
      const { status } = asProblem(e);
      setError(e);
      setSaving(status === 409 ? 'conflict' : status === 422 || status === 400 ? 'refused' : 'failed');
      return false;
    } finally {
      sending.current = null;
    }
  }, [rest]);

  const flush = useCallback(async (): Promise<boolean> => {
    while (running.current) await running.current;
    running.current = once();
    try {
      return await running.current;
    } finally {
      running.current = null;
    }
  }, [once]);

  const conflict = saving === 'conflict';
  useEffect(() => {
    if (!write || conflict) return;
    if (text === (sending.current ?? stored.current)) {
      if (!sending.current) rest();
      return;
    }
    setSaving((was) => (was === 'saving' ? was : 'changed'));
    const timer = setTimeout(() => void flush(), pause);
    return () => clearTimeout(timer);
  }, [text, write, conflict, pause, flush, rest]);

  const took = useCallback((theirs: T) => {
    stored.current = JSON.stringify(theirs);
    setError(undefined);
    setSaving('changed');
  }, []);
  return { saving, error, dirty: write && text !== stored.current, flush, took };
}
