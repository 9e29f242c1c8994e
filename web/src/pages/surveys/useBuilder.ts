import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { surveys, type Spec, type SpecProblem, type Survey } from '../../api/surveys';
import { asProblem } from '../../api/problem';

const pause = 600; // milliseconds without typing after which a draft is saved

/** A draft that saves itself: one save at a time, the newest state last. */
export function useBuilder(start: Survey) {
  const queryClient = useQueryClient();
  const [name, setName] = useState(start.name);
  const [spec, setSpecState] = useState<Spec>(start.spec);
  const [saved, setSaved] = useState<Survey>(start);
  const [state, setState] = useState<'saved' | 'waiting' | 'saving'>('saved');
  const [error, setError] = useState<unknown>();
  const now = useRef({ name: start.name, spec: start.spec });
  const stored = useRef({ name: start.name, spec: start.spec, revision: start.revision });
  const running = useRef<Promise<void> | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const save = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    if (running.current) await running.current;
    const { name: n, spec: s } = now.current;
    if (n === stored.current.name && s === stored.current.spec) {
      setState('saved');
      return;
    }
    setState('saving');
    const work = (async () => {
      const out = await surveys.update(start.id, { revision: stored.current.revision, name: n.trim() || stored.current.name, spec: s });
      stored.current = { name: n, spec: s, revision: out.revision };
      setSaved(out);
      setError(undefined);
      queryClient.setQueryData(['survey', start.id], out);
      void queryClient.invalidateQueries({ queryKey: ['surveys'] });
    })();
    running.current = work.catch(() => {});
    try {
      await work;
      setState(now.current.spec === s && now.current.name === n ? 'saved' : 'waiting');
    } catch (e) {
      setError(e);
      setState('waiting');
      throw e;
    } finally {
      running.current = undefined;
    }
  }, [queryClient, start.id]);

  const later = useCallback(() => {
    setState('waiting');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save().catch(() => {}), pause);
  }, [save]);

  const setSpec = useCallback(
    (change: (was: Spec) => Spec) => {
      now.current = { ...now.current, spec: change(now.current.spec) };
      setSpecState(now.current.spec);
      later();
    },
    [later],
  );
  const rename = useCallback(
    (text: string) => {
      now.current = { ...now.current, name: text };
      setName(text);
      later();
    },
    [later],
  );
  // What was typed in the last moment is not lost by leaving.
  useEffect(() => () => void save().catch(() => {}), [save]);

  const publish = useCallback(async (): Promise<{ survey?: Survey; problems: SpecProblem[] }> => {
    await save();
    try {
      const out = await surveys.publish(start.id, stored.current.revision);
      setSaved(out);
      queryClient.setQueryData(['survey', start.id], out);
      await queryClient.invalidateQueries({ queryKey: ['surveys'] });
      return { survey: out, problems: [] };
    } catch (e) {
      const p = asProblem(e);
      if (p.status !== 422 || p.fields.length === 0) throw e;
      return { problems: p.fields.map((f) => ({ location: f.location, message: f.message })) };
    }
  }, [queryClient, save, start.id]);

  return { name, rename, spec, setSpec, saved, state, error, save, publish };
}
