import { describe, expect, it } from 'vitest';
import type { DrillUnit } from '../../api/drill';
import { readPeople, signed, worst } from './words';

const unit = (id: string, lost: number) => ({ kind: 'account', id, name: id, lost }) as DrillUnit;

describe('the words of a drill', () => {
  it('names the unit without which most are lost, and none when nobody is', () => {
    expect(worst([unit('a', 1), unit('b', 7), unit('c', 7)])?.id).toBe('b');
    expect(worst([unit('a', 0)])).toBeUndefined();
    expect(worst([])).toBeUndefined();
  });
  it('reads what stands in the address and nothing else', () => {
    expect(readPeople(JSON.stringify({ run_id: 'drl_1', figure: 'lost' }))?.figure).toBe('lost');
    for (const bad of [undefined, '', '{', '[]', '{"run_id":1,"figure":"lost"}', 'null']) expect(readPeople(bad)).toBeUndefined();
  });
  it('shows which way a change goes', () => {
    expect([3, -3, 0].map((n) => signed(n, String))).toEqual(['+3', '−3', '0']);
  });
});
