import { useEffect, useRef, useState } from 'react';
import { segments } from '../../api/endpoints';
import { asProblem, type Problem } from '../../api/problem';
import type { Predicate, SegmentPreview } from '../../api/types';

/** How long typing may pause before the server is asked, in milliseconds. */
const pause = 150;
export const sampleSize = 8;

interface Options {
  segmentId?: string;
  /** Called with each answer to the predicate that is still asked for. */
  onAnswer: (answer: SegmentPreview, asked: Predicate) => void;
}

/**
 * Asks the server what a predicate means, again whenever it changes. An answer
 * to an older one is dropped. Returns whether an answer is awaited and what was
 * wrong with the present predicate.
 */
export function usePreview(asked: Predicate | undefined, { segmentId, onAnswer }: Options) {
  const key = asked && JSON.stringify(asked);
  /** What was answered last. Compared while drawing, so that nobody can act on a new question as if it had been answered. */
  const [done, setDone] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const [attempt, setAttempt] = useState(0);
  const answered = useRef(onAnswer);
  answered.current = onAnswer;
  const first = useRef(true);
  const question = `${attempt} ${segmentId ?? ''} ${key ?? ''}`;

  useEffect(() => {
    if (!key) return;
    const predicate = JSON.parse(key) as Predicate;
    const stop = new AbortController();
    const ask = async () => {
      try {
        const answer = await segments.preview({ ...predicate, segment_id: segmentId, parts: true, sample: sampleSize }, stop.signal);
        if (stop.signal.aborted) return;
        setProblem(undefined);
        answered.current(answer, predicate);
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(asProblem(error));
      }
      setDone(question);
    };
    const timer = window.setTimeout(() => void ask(), first.current ? 0 : pause);
    first.current = false;
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [key, segmentId, question]);

  return { waiting: done !== question, problem, retry: () => setAttempt((n) => n + 1) };
}
