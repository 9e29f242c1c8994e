import { describe, expect, it } from 'vitest';
import { begin, change, redo, undo } from './segmentHistory';
import { inRequests, readPeople } from './segmentPeople';
import { difference, indexOfByte, marksOf } from './segmentText';
import { distance, lens, venn } from './segmentVenn';
import { convert, formOf, forms, formsFor, parseLength, type Form } from './segmentWindow';

describe('places in a text', () => {
  it('are counted in bytes by the server and in UTF-16 here', () => {
    const text = '在 😀 a';
    expect([0, 3, 4, 8, 9, 10].map((n) => indexOfByte(text, n))).toEqual([0, 1, 2, 4, 5, 6]);
    expect(indexOfByte(text, 99)).toBe(text.length);
  });
  it('become marks; one at the end is seen too', () => {
    const text = '地区 = 山东 and gmb';
    const offset = new TextEncoder().encode('地区 = 山东 and ').length;
    expect(marksOf(text, [{ location: 'body.text', message: 'm', value: { offset, length: 3 } }])).toEqual([{ from: 12, to: 15, message: 'm' }]);
    expect(marksOf('gmv >', [{ location: 'body.text', message: 'm', value: { offset: 5, length: 0 } }])).toEqual([{ from: 4, to: 5, message: 'm' }]);
    expect(marksOf(text, [{ location: 'body.name', message: 'm' }])).toEqual([]);
  });
});

describe('the difference of two texts', () => {
  const before = 'stage = silent and gmv > 500 and tag:母婴';
  const after = 'stage = silent and gmv > 800 and not tag:母婴 and orders > 1';
  it('gives back both of them', () => {
    const pieces = difference(before, after);
    expect(pieces.filter((p) => p.change !== 'added').map((p) => p.text).join('')).toBe(before);
    expect(pieces.filter((p) => p.change !== 'removed').map((p) => p.text).join('')).toBe(after);
  });
  it('names only what changed', () => {
    expect(difference(before, after).filter((p) => p.change !== 'same')).toEqual([
      { text: '500', change: 'removed' },
      { text: '800', change: 'added' },
      { text: 'not ', change: 'added' },
      { text: ' and orders > 1', change: 'added' },
    ]);
    expect(difference(before, before)).toEqual([{ text: before, change: 'same' }]);
  });
});

describe('windows', () => {
  it('have one form each', () => {
    const made = forms.map((f) => [f, formOf(convert(undefined, f, '2026-11-21'))]);
    expect(made).toEqual(forms.map((f) => [f, f]));
    expect(formOf({ from: 'a', to_ago: 'b' })).toBeUndefined();
  });
  it('keep their length and day when the form changes', () => {
    expect(convert({ last: '8w' }, 'before_ago', '2026-11-21')).toEqual({ before_ago: '8w' });
    expect(convert({ last: '30d' }, 'ago', '2026-11-21')).toEqual({ from_ago: '60d', to_ago: '30d' });
    expect(convert({ last: '3m' }, 'within_joining', '2026-11-21')).toEqual({ within_joining: '7d' });
    expect(convert({ since: '2026-01-02' }, 'dates', '2026-11-21')).toEqual({ from: '2026-01-02', to: '2026-01-02' });
    expect(convert({ last: '3000d' }, 'ago', '2026-11-21')).toEqual({ from_ago: '3650d', to_ago: '3000d' });
  });
  it('of events do not lie ahead, and a first one needs one', () => {
    expect(formsFor('event')).not.toContain('next');
    expect(formsFor('event')).toContain('always' satisfies Form);
    expect(formsFor('edge')).not.toContain('always');
  });
  it('reads lengths', () => {
    expect(parseLength('90d')).toEqual({ n: 90, unit: 'd' });
    for (const wrong of ['', 'd', '-5d', '5y', 5, undefined]) expect(parseLength(wrong)).toBeUndefined();
  });
});

describe('history', () => {
  it('goes back and forth; typing is one step', () => {
    let h = begin('a');
    h = change(h, 'ab', 'value');
    h = change(h, 'abc', 'value');
    h = change(h, 'x');
    expect(h.past).toEqual(['a', 'abc']);
    h = undo(undo(h));
    expect(h.now).toBe('a');
    expect(undo(h)).toBe(h);
    h = redo(h);
    expect(h.now).toBe('abc');
    h = change(h, 'abcd', 'value'); // a new step: the old one was left by going back
    expect([h.past.at(-1), h.future]).toEqual(['abc', []]);
  });
});

describe('pasted people', () => {
  it('are told apart by how they look, each once', () => {
    expect(readPeople(' 138 0000 0000\n13800000000，lin@example.com\tper_01a200094ca17dd684f66b2722801873\nM-1024;;')).toEqual({
      add: ['per_01a200094ca17dd684f66b2722801873'],
      identities: [
        { kind: 'phone', value: '13800000000' },
        { kind: 'email', value: 'lin@example.com' },
        { kind: 'member_no', value: 'M-1024' },
      ],
    });
  });
});

it('many people go in several requests, none twice and none left out', () => {
  const ids = Array.from({ length: 7 }, (_, i) => `per_${i}`);
  const identities = [{ kind: 'phone', value: '13800000000' }];
  const requests = inRequests({ add: ids, identities }, 3);
  expect(requests.map((r) => r.add.length)).toEqual([3, 3, 1]);
  expect(requests.flatMap((r) => r.add)).toEqual(ids);
  expect(requests.flatMap((r) => r.identities)).toEqual(identities);
  expect(inRequests({ add: [], identities: [] })).toEqual([]);
});

describe('circles', () => {
  it('share the area that they should', () => {
    for (const share of [0.05, 0.3, 0.9]) {
      const d = distance(1, 0.7, share);
      expect(lens(1, 0.7, d)).toBeCloseTo(share, 6);
    }
    expect(distance(1, 0.5, Math.PI * 0.25)).toBe(0.5); // one inside the other
    expect(distance(1, 0.5, 0)).toBeGreaterThan(1.5);
  });
  it('are as large as their sets', () => {
    const { circles } = venn([400, 100, 0], (i, j) => (i + j === 1 ? 50 : 0));
    expect((circles[0]!.r / circles[1]!.r) ** 2).toBeCloseTo(4);
    for (const c of circles) expect(Object.values(c).every(Number.isFinite)).toBe(true);
    expect(venn([], () => 0).circles).toEqual([]);
  });
});
