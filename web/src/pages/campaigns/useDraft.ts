import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { campaigns, type Campaign } from '../../api/campaigns';
import { asProblem, type Problem } from '../../api/problem';
import { fromCampaign, toInput, troublesOf, type Draft, type Trouble } from './draft';

/** How long after the last key a draft is stored, in milliseconds. */
const pause = 1200;

export type Saving = 'saved' | 'changed' | 'saving' | 'refused' | 'conflict' | 'failed';

/** A draft that stores itself. Whoever goes on waits for flush, which tells whether all is stored. */
export function useDraft(campaign: Campaign, timeZone: string, write: boolean) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>(() => fromCampaign(campaign, timeZone));
  const [saving, setSaving] = useState<Saving>('saved');
  const [troubles, setTroubles] = useState<Trouble[]>([]);
  const [problem, setProblem] = useState<Problem>();
  const version = useRef(campaign.version);
  const stored = useRef(JSON.stringify(draft));
  const sending = useRef<string | null>(null); // what is on its way to the server
  const now = useRef(draft);
  now.current = draft;
  const running = useRef<Promise<boolean> | null>(null);
  const dirty = write && JSON.stringify(draft) !== stored.current;

  // Somebody who takes a change back before it was stored has nothing left to store.
  const settle = useCallback(() => {
    setTroubles([]);
    setProblem(undefined);
    setSaving('saved');
    return true;
  }, []);

  const once = useCallback(async (): Promise<boolean> => {
    const text = JSON.stringify(now.current);
    if (text === stored.current) return settle();
    setSaving('saving');
    sending.current = text;
    try {
      const saved = await campaigns.update(campaign.id, { ...toInput(now.current, timeZone), version: version.current });
      version.current = saved.version;
      stored.current = text;
      setTroubles([]);
      setProblem(undefined);
      setSaving(JSON.stringify(now.current) === text ? 'saved' : 'changed');
      queries.setQueryData(['campaign', campaign.id], saved);
      return true;
    } catch (error) {
      const p = asProblem(error);
      const found = p.status === 422 || p.status === 400 ? troublesOf(error) : [];
      setTroubles(found);
      setProblem(found.length > 0 ? undefined : p);
      setSaving(p.status === 409 ? 'conflict' : found.length > 0 ? 'refused' : 'failed');
      return false;
    } finally {
      sending.current = null;
    }
  }, [campaign.id, queries, settle, timeZone]);

  /** One at a time; what was typed meanwhile is stored after. */
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
    if (JSON.stringify(draft) === (sending.current ?? stored.current)) {
      if (!sending.current) settle();
      return;
    }
    setSaving((was) => (was === 'saving' ? was : 'changed'));
    const timer = setTimeout(() => void flush(), pause);
    return () => clearTimeout(timer);
  }, [draft, write, conflict, flush, settle]);

  const set = useCallback((patch: Partial<Draft>) => setDraft((was) => ({ ...was, ...patch })), []);
  return { draft, set, saving, troubles, problem, dirty, flush };
}
