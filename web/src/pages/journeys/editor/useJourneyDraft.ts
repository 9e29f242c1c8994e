import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type JourneyFull, type Spec } from '../../../api/journeys';
import { asProblem } from '../../../api/problem';
import { begin, change, redo, undo, type History } from '../../../lib/segmentHistory';
import { useAutosave } from '../../../ui/useAutosave';
import { useSettled } from '../../../ui/useSettled';
import { check } from '../model/check';

/** How long after the last change a draft is stored, in milliseconds. */
const pause = 1000;

interface Draft {
  name: string;
  spec: Spec;
}

type Action = { type: 'edit'; change: (d: Draft) => Draft; mark?: string } | { type: 'undo' | 'redo' } | { type: 'replace'; draft: Draft };

function reduce(h: History<Draft>, a: Action): History<Draft> {
  switch (a.type) {
    case 'edit':
      return change(h, a.change(h.now), a.mark);
    case 'undo':
      return undo(h);
    case 'redo':
      return redo(h);
    case 'replace':
      return begin(a.draft);
  }
}

const of = (j: JourneyFull): Draft => ({ name: j.name, spec: j.draft });

/** A drawing that stores itself, can be undone, and is told what is wrong with it. */
export function useJourneyDraft(journey: JourneyFull, write: boolean) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [history, dispatch] = useReducer(reduce, journey, (j) => begin(of(j)));
  const draft = history.now;
  const [theirs, setTheirs] = useState<JourneyFull>();
  const revision = useRef(journey.revision);
  const { saving, error, dirty, flush, took } = useAutosave(draft, write, pause, async (mine) => {
    try {
      const saved = await journeys.save(journey.id, { name: mine.name.trim() || journey.name, spec: mine.spec, revision: revision.current });
      revision.current = saved.revision;
      queries.setQueryData<JourneyFull>(['journey', journey.id], saved);
      void queries.invalidateQueries({ queryKey: ['journeys'] });
    } catch (refused) {
      if (asProblem(refused).status === 409) setTheirs(await journeys.read(journey.id).catch(() => undefined));
      throw refused;
    }
  });

  /** Ends a conflict: with what somebody else stored, or by storing mine over it. */
  const settle = useCallback(
    (which: 'theirs' | 'mine') => {
      if (!theirs) return;
      revision.current = theirs.revision;
      took(of(theirs));
      setTheirs(undefined);
      if (which === 'theirs') {
        dispatch({ type: 'replace', draft: of(theirs) });
        queries.setQueryData(['journey', journey.id], theirs);
      } else void flush();
    },
    [theirs, took, flush, journey.id, queries],
  );

  // Where things stand does not matter to what is wrong with them.
  const { layout: _layout, ...matter } = draft.spec;
  const asked = JSON.stringify(matter);
  const settled = useSettled(asked, 500);
  const checked = useQuery({
    queryKey: ['journey-check', i18n.language, settled],
    queryFn: () => journeys.check(JSON.parse(settled) as Spec),
    enabled: write && journey.status !== 'ended',
    staleTime: 60_000,
    retry: false,
  });
  const problems = useMemo(() => {
    const out = new Map<string, string[]>();
    const put = (step: string, words: string) => out.set(step, [...(out.get(step) ?? []), words]);
    // The server has the last word; until it has spoken, what can be seen from here.
    const spoken = settled === asked ? (checked.data?.items ?? undefined) : undefined;
    if (spoken) for (const p of spoken) put(p.step, p.text);
    else if (settled === asked && checked.data) return out;
    else for (const p of check(JSON.parse(asked) as Spec)) put(p.step, t(`journeys.problem.${p.code}`, { n: p.n }));
    return out;
  }, [asked, settled, checked.data, t]);

  const edit = useCallback((fn: (s: Spec) => Spec, mark?: string) => dispatch({ type: 'edit', mark, change: (d) => ((spec) => (spec === d.spec ? d : { ...d, spec }))(fn(d.spec)) }), []);
  return {
    name: draft.name,
    spec: draft.spec,
    revision,
    edit,
    rename: useCallback((name: string) => dispatch({ type: 'edit', change: (d) => ({ ...d, name }), mark: 'name' }), []),
    undo: useCallback(() => dispatch({ type: 'undo' }), []),
    redo: useCallback(() => dispatch({ type: 'redo' }), []),
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    saving,
    problem: error === undefined ? undefined : asProblem(error),
    theirs,
    settle,
    dirty,
    flush,
    problems,
    checking: settled !== asked || checked.isFetching,
  };
}

export type JourneyDraft = ReturnType<typeof useJourneyDraft>;
