import { App } from 'antd';
import { useCallback, useEffect, useRef, useState, type KeyboardEvent as ReactKeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step, StepKind } from '../../../api/journeys';
import { append, appendAll, insert, paste as putCopies, remove as takeOut, stepOf } from '../model/edits';
import { newStep, start, stepId } from '../model/graph';
import { hold, holding } from './clipboard';
import type { JourneyDraft } from './useJourneyDraft';

/** What one does to a drawing with hands and keys: choose, add, copy, paste, delete, undo. */
export function useEditing(draft: JourneyDraft, write: boolean, onFocus: (step: string) => void) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [chosen, setChosen] = useState<string[]>([]);
  const { spec, edit, undo, redo } = draft;
  const now = useRef(spec);
  now.current = spec;
  // What was undone is chosen no more.
  const selected = chosen.filter((id) => stepOf(spec, id));

  const choose = useCallback((ids: string[]) => setChosen(ids.filter((id) => id !== start)), []);
  const put = useCallback(
    (kind: StepKind, into?: { from: string; way: number }) => {
      const step = newStep(kind, stepId(now.current.graph.steps));
      edit((s) => (into ? insert(s, into.from, into.way, step) : append(s, chosen.at(-1), step)));
      setChosen([step.id]);
      onFocus(step.id);
    },
    [edit, chosen, onFocus],
  );
  const putAll = useCallback(
    (steps: readonly Step[]) => {
      edit((s) => appendAll(s, chosen.at(-1), steps));
      if (!steps[0]) return;
      setChosen([steps[0].id]);
      onFocus(steps[0].id);
    },
    [edit, chosen, onFocus],
  );
  const add = useCallback((from: string, way: number, kind: StepKind) => put(kind, { from, way }), [put]);
  const copy = useCallback(
    (ids: readonly string[]) => {
      const steps = now.current.graph.steps.filter((s) => ids.includes(s.id));
      if (steps.length === 0) return;
      hold(steps);
      message.info(t('journeys.copied', { count: steps.length }));
    },
    [message, t],
  );
  const paste = useCallback(
    (after: string | undefined) => {
      const steps = holding();
      if (steps.length === 0) return;
      const { spec: next, first } = putCopies(now.current, after, steps);
      edit(() => next);
      if (first) {
        setChosen([first]);
        onFocus(first);
      }
    },
    [edit, onFocus],
  );
  const remove = useCallback(
    (ids: readonly string[]) => {
      edit((s) => takeOut(s, ids));
      setChosen([]);
    },
    [edit],
  );
  const double = useCallback(
    (id: string) => {
      const step = stepOf(now.current, id);
      if (!step) return;
      const { spec: next, first } = putCopies(now.current, id, [step]);
      edit(() => next);
      if (first) {
        setChosen([first]);
        onFocus(first);
      }
    },
    [edit, onFocus],
  );

  /** Keys on a step of the canvas. */
  const key = (e: ReactKeyboardEvent, step: string, openPanel: () => void) => {
    const ids = selected.includes(step) ? selected : step === start ? [] : [step];
    const command = e.ctrlKey || e.metaKey;
    const k = e.key.toLowerCase();
    if (!write && !(k === 'enter')) return;
    if (!command && k === 'enter') {
      choose(step === start ? [] : [step]);
      openPanel();
    } else if (!command && (k === 'delete' || k === 'backspace') && ids.length > 0) remove(ids);
    else if (!command && (k === '+' || k === 'insert')) {
      // The plus of the step, or of the line under it, opens its menu.
      const box = (e.target as HTMLElement).closest('.fp-step');
      (box?.querySelector<HTMLElement>('.fp-journey-plus') ?? document.querySelector<HTMLElement>('.fp-palette-kind'))?.focus();
    } else if (command && k === 'c') copy(ids);
    else if (command && k === 'x') {
      copy(ids);
      remove(ids);
    } else if (command && k === 'v') paste(step);
    else if (command && k === 'd' && step !== start) double(step);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };

  const keys = useRef({ undo, redo });
  keys.current = { undo, redo };
  useEffect(() => {
    if (!write) return;
    const press = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
      const k = e.key.toLowerCase();
      // Where words are typed, the browser undoes words.
      if ((k !== 'z' && k !== 'y') || (e.target instanceof HTMLElement && e.target.closest('textarea, input'))) return;
      if (k === 'y' || e.shiftKey) keys.current.redo();
      else keys.current.undo();
      e.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [write]);

  return { selected, choose, put, putAll, add, copy, paste, remove, double, key };
}
