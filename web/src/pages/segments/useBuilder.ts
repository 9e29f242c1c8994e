import { useCallback, useMemo, useReducer, useState } from 'react';
import type { Predicate, SegmentPreview } from '../../api/types';
import { begin, change, redo, undo, type History } from '../../lib/segmentHistory';
import { at, emit, load, type Group, type Tree } from '../../lib/segmentTree';
import { marksOf } from '../../lib/segmentText';
import { usePreview } from './usePreview';

interface State {
  history: History<Group>;
  /** What is being typed, until it is left; then the tree alone speaks. */
  typed?: string;
}

type Action =
  | { type: 'edit'; change: (root: Group) => Group; mark?: string }
  | { type: 'undo' | 'redo' | 'settle' }
  | { type: 'typed'; text: string }
  | { type: 'understood'; text: string; root: Group }
  | { type: 'replace'; root: Group };

function reduce(state: State, action: Action): State {
  const { history } = state;
  switch (action.type) {
    case 'edit': {
      const next = change(history, action.change(history.now), action.mark);
      return next === history ? state : { history: next };
    }
    case 'undo':
      return { history: undo(history) };
    case 'redo':
      return { history: redo(history) };
    case 'typed':
      return { ...state, typed: action.text };
    case 'understood':
      // The text may have been typed further meanwhile; then a later answer comes.
      return state.typed === action.text ? { ...state, history: change(history, action.root, 'text') } : state;
    case 'settle':
      return { history };
    case 'replace':
      return { history: begin(action.root) };
  }
}

export interface Answer {
  text: string;
  count: number;
  pool: number;
  took: number;
  exact: boolean;
  sample: SegmentPreview['sample'];
  counts: Map<string, number>;
}

export interface RowProblem {
  message: string;
  /** Below the row: "/value", "/where/0/is". */
  pointer: string;
}

const asText = (p: Predicate): string | undefined => ('text' in p ? p.text : undefined);

/**
 * The builder's state: one draft of a tree with its history, a text while it is
 * typed, and the server's last answer about whichever of them was touched last.
 */
export function useBuilder(initial: Predicate, segmentId?: string) {
  const initialText = asText(initial);
  const [state, dispatch] = useReducer(reduce, initial, (p): State => ('text' in p ? { history: begin(load({ op: 'everyone' })), typed: p.text } : { history: begin(load(p.tree)) }));
  const root = state.history.now;
  const emitted = useMemo(() => emit(root), [root]);
  const [answer, setAnswer] = useState<Answer>();

  const asked: Predicate = state.typed === undefined ? { tree: emitted.tree } : { text: state.typed };
  const { waiting, problem, retry } = usePreview(asked, {
    segmentId,
    onAnswer: (a, about) => {
      const text = asText(about);
      let paths = emitted.paths;
      if (text !== undefined) {
        const next = load(a.tree, root);
        paths = emit(next).paths;
        if (JSON.stringify(a.tree) === JSON.stringify(emitted.tree) && emitted.unfinished.length === 0) paths = emitted.paths;
        else dispatch(text === initialText && state.history.past.length === 0 && !answer ? { type: 'replace', root: next } : { type: 'understood', text, root: next });
      }
      const byPath = new Map(a.parts.map((p) => [p.path, p.count]));
      const counts = new Map<string, number>();
      for (const [id, path] of paths) {
        const n = byPath.get(path);
        if (n !== undefined) counts.set(id, n);
      }
      setAnswer({ text: a.text, count: a.count, pool: a.pool, took: a.took_us, exact: !a.fallback, sample: a.sample, counts });
    },
  });

  const typed = state.typed;
  /** What the server refused, at the row that it is about. */
  const rowProblems = useMemo(() => {
    const out = new Map<string, RowProblem[]>();
    if (!problem || typed !== undefined) return out;
    for (const f of problem.fields) {
      const pointer = /(?:^|\.)tree(\/.*)?$/.exec(f.location);
      const id = pointer && at(emitted.paths, pointer[1] ?? '');
      if (!id) continue;
      const below = (pointer[1] ?? '').slice(emitted.paths.get(id)?.length ?? 0).replace(/^\/of(?=\/|$)/, '');
      out.set(id, [...(out.get(id) ?? []), { message: f.message, pointer: below }]);
    }
    return out;
  }, [problem, typed, emitted]);
  const marks = useMemo(() => (problem && typed !== undefined ? marksOf(typed, problem.fields) : []), [problem, typed]);

  const edit = useCallback((fn: (root: Group) => Group, mark?: string) => dispatch({ type: 'edit', change: fn, mark }), []);
  return {
    root,
    emitted,
    answer,
    waiting,
    problem,
    retry,
    rowProblems,
    marks,
    text: typed ?? answer?.text ?? '',
    typing: typed !== undefined,
    canUndo: state.history.past.length > 0,
    canRedo: state.history.future.length > 0,
    edit,
    undo: useCallback(() => dispatch({ type: 'undo' }), []),
    redo: useCallback(() => dispatch({ type: 'redo' }), []),
    type: useCallback((text: string) => dispatch({ type: 'typed', text }), []),
    /** Ends typing when all of the text was understood: the text is then said as the server says it. */
    settle: useCallback(() => dispatch({ type: 'settle' }), []),
    replace: useCallback((tree: Tree) => dispatch({ type: 'replace', root: load(tree) }), []),
  };
}

export type BuilderState = ReturnType<typeof useBuilder>;
