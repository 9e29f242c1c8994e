// Helpers for specs while they are edited: new parts with ids of their own, order, and what a change of type keeps.
import type { Ending, Option, Question, QuestionType, Spec } from '../../api/surveys';

export const questionTypes: readonly QuestionType[] = ['single', 'multiple', 'scale', 'text', 'phone', 'date'];

/** The first of q1, q2, … that is not taken. */
export function freeId(prefix: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) if (!taken.includes(`${prefix}${n}`)) return `${prefix}${n}`;
}

export const isChoice = (q: Pick<Question, 'type'>) => q.type === 'single' || q.type === 'multiple';

/** The questions whose answers can stand in a condition or a text of the question at an index: those of earlier pages. */
export function earlier(spec: Spec, index: number): Question[] {
  let first = index;
  while (first > 0 && spec.questions[first]?.same_page) first--;
  return spec.questions.slice(0, first);
}

export function newOption(options: readonly Option[]): Option {
  return { id: freeId('o', options.map((o) => o.id)), text: '' };
}

export function newQuestion(spec: Spec, type: QuestionType, consent: string): Question {
  return shaped({ id: freeId('q', spec.questions.map((q) => q.id)), type, title: '', required: type !== 'text' }, type, consent);
}

/** A question as one of another type: what the new type has no use for goes, what it needs comes. */
export function shaped(q: Question, type: QuestionType, consent: string): Question {
  const { options, min: _min, max: _max, from: _from, to: _to, low_label, high_label, long: _long, consent: was, ...kept } = q;
  const base: Question = { ...kept, type };
  if (type === 'single' || type === 'multiple') {
    base.options = options ?? [];
    while (base.options.length < 2) base.options = [...base.options, newOption(base.options)];
  } else if (base.rules) base.rules = base.rules.map(({ options: _options, ...rule }) => rule);
  if (type === 'scale') return { ...base, from: 0, to: 10, low_label, high_label };
  if (type === 'phone') return { ...base, consent: was || consent };
  if (base.rules) base.rules = base.rules.map(({ min: _a, max: _b, ...rule }) => rule);
  return base;
}

/** Moves the element at an index by a number of places; out of the list it stays. */
export function moved<T>(list: readonly T[], index: number, by: number): T[] {
  const to = index + by;
  const out = [...list];
  if (to < 0 || to >= list.length) return out;
  const [one] = out.splice(index, 1);
  out.splice(to, 0, one as T);
  return out;
}

export function newEnding(spec: Spec, title: string): Ending {
  return { id: freeId('e', spec.endings.map((e) => e.id)), title };
}

/** What stands in a text for answers, filled with the titles of the questions, as the preview shows it. */
export function sampled(text: string, spec: Spec): string {
  return text.replace(/\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/g, (_, id: string) => {
    const q = spec.questions.find((x) => x.id === id);
    return q ? (q.options?.[0]?.text || `〔${q.title}〕`) : '';
  });
}

/** The index of the question, or of the ending, that a server's complaint is about. */
export function placeOf(location: string): { part: 'questions' | 'endings' | 'base'; index: number } {
  const m = /^body\.spec\.(questions|endings)\[(\d+)\]/.exec(location);
  return m ? { part: m[1] as 'questions' | 'endings', index: Number(m[2]) } : { part: 'base', index: -1 };
}
