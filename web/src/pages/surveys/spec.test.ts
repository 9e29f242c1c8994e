import { describe, expect, it } from 'vitest';
import type { Spec } from '../../api/surveys';
import { earlier, freeId, moved, newQuestion, placeOf, sampled, shaped } from './spec';

const spec: Spec = {
  title: '',
  intro: '',
  color: '',
  open: 'nameless',
  repeat: false,
  endings: [],
  questions: [
    { id: 'q1', type: 'single', title: '喂养方式', options: [{ id: 'o1', text: '母乳' }] },
    { id: 'q2', type: 'text', title: 'B' },
    { id: 'q3', type: 'text', title: 'C', same_page: true },
  ],
};

describe('a spec while it is edited', () => {
  it('gives ids that are free', () => {
    expect(freeId('q', ['q1', 'q3'])).toBe('q2');
    expect(newQuestion(spec, 'single', '').id).toBe('q4');
    expect(newQuestion(spec, 'single', '').options).toHaveLength(2);
    expect(newQuestion(spec, 'phone', '同意').consent).toBe('同意');
  });
  it('knows which questions are on earlier pages', () => {
    expect(earlier(spec, 0)).toEqual([]);
    expect(earlier(spec, 2).map((q) => q.id)).toEqual(['q1']);
  });
  it('moves within the list only', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
  });
  it('keeps of a question what its new type can use', () => {
    const choice = { id: 'q1', type: 'single' as const, title: 'T', options: [{ id: 'o1', text: 'x' }], rules: [{ do: 'pain_point' as const, options: ['o1'] }] };
    expect(shaped(choice, 'multiple', '').options?.[0]).toEqual({ id: 'o1', text: 'x' });
    expect(shaped(choice, 'text', '')).toEqual({ id: 'q1', type: 'text', title: 'T', rules: [{ do: 'pain_point' }] });
    expect(shaped(choice, 'scale', '')).toMatchObject({ from: 0, to: 10 });
  });
  it('fills texts with samples', () => {
    expect(sampled('用{{q1}}多久了？{{q9}}', spec)).toBe('用母乳多久了？');
    expect(sampled('{{q2}}', spec)).toBe('〔B〕');
  });
  it('finds the part that a complaint is about', () => {
    expect(placeOf('body.spec.questions[3].options[0].text')).toEqual({ part: 'questions', index: 3 });
    expect(placeOf('body.spec.title')).toEqual({ part: 'base', index: -1 });
  });
});
