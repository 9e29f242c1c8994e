import { describe, expect, it } from 'vitest';
import type { Spec, Step } from '../../../api/journeys';
import { begin, change as note, redo, undo } from '../../../lib/segmentHistory';
import { check } from './check';
import { addWay, append, appendAll, change, connect, copies, insert, paste, remove, target } from './edits';
import { edgesOf, emptySpec, inOrder, newStep, next, reached, start, stepId } from './graph';
import { bendKey, layout, linePath, placesOf, room } from './layout';
import { boxAt, lineAt, neighbour } from './near';
import { invitation } from './invite';
import { whereRows, whereText } from './where';
import { unitOf } from './words';

const spec = (...steps: Step[]): Spec => ({ ...emptySpec, graph: { steps } });
const wait = (id: string, to = ''): Step => ({ id, kind: 'wait', seconds: 3600, next: to });
const note1 = (id: string, to = ''): Step => ({ id, kind: 'note', text: 'x', next: to });
const fork = (id: string, a: string, b: string): Step => ({ id, kind: 'branch', ways: [{ when: 'orders > 1', next: a }], next: b });
const ids = (s: Spec) => s.graph.steps.map((x) => x.id);

describe('edits', () => {
  const line = spec(note1('a', 'b'), wait('b', 'c'), note1('c'));

  it('put a step into a way: it leads to where the way led', () => {
    const put = insert(line, 'a', next, note1('x'));
    expect([target(put, 'a', next), target(put, 'x', next)]).toEqual(['x', 'b']);
    expect(insert(line, 'a', next, { id: 'x', kind: 'exit' }).graph.steps.find((s) => s.id === 'x')?.next).toBeUndefined();
    expect(ids(line)).toEqual(['a', 'b', 'c']); // the old one stayed
  });
  it('put an invitation to a group: a message that holds nobody up, and the wait for who came by that code', () => {
    const two = invitation({ id: 'cod_1', name: 'Tea', page_url: 'https://pond.example/q/x' }, { text: 'Come: https://pond.example/q/x', send: 'Invite', wait: 'Wait', came: 'Came in' }, ['m', 'w']);
    const put = appendAll(line, 'a', two);
    expect([target(put, 'a', next), target(put, 'm', next), target(put, 'w', next)]).toEqual(['m', 'w', 'b']);
    expect(put.graph.steps.find((s) => s.id === 'm')?.message?.no_wait).toBe(true);
    expect(put.graph.steps.find((s) => s.id === 'w')).toMatchObject({ event: 'channel.arrived', where: 'code_id = cod_1', ways: [{ name: 'Came in' }] });
    expect(ids(appendAll(spec(), undefined, two))).toEqual(['m', 'w']);
  });
  it('put a step before the first: people begin there', () => {
    const put = insert(line, start, next, note1('x'));
    expect(ids(put)[0]).toBe('x');
    expect(target(put, 'x', next)).toBe('a');
  });
  it('add at the end of the default way when nothing is chosen, and round a ring only once', () => {
    expect(target(append(line, undefined, note1('x')), 'c', next)).toBe('x');
    const ring = spec(wait('a', 'b'), wait('b', 'a'));
    expect(append(ring, undefined, note1('x')).graph.steps).toHaveLength(3);
    expect(ids(append(emptySpec, undefined, note1('x')))).toEqual(['x']);
  });
  it('fill the way of a fork that leads nowhere first', () => {
    const open = spec(fork('f', '', 'z'), note1('z'));
    expect(target(append(open, 'f', note1('x')), 'f', 0)).toBe('x');
  });
  it('take a step out: what led to it leads on', () => {
    expect(target(remove(line, ['b']), 'a', next)).toBe('c');
    expect(ids(remove(line, ['a']))).toEqual(['b', 'c']);
    expect(remove(line, ['a', 'b', 'c']).graph.steps).toEqual([]);
    const ring = spec(note1('a', 'b'), wait('b', 'a'));
    expect(target(remove(ring, ['b']), 'a', next)).toBe('');
    // The first is gone, and people begin where its default way led.
    const forked = spec(fork('f', 'x', 'y'), note1('x'), note1('y'));
    expect(ids(remove(forked, ['f']))[0]).toBe('y');
  });
  it('connect, and choose with whom people begin', () => {
    expect(target(connect(line, 'a', next, 'c'), 'a', next)).toBe('c');
    expect(ids(connect(line, start, next, 'b'))).toEqual(['b', 'a', 'c']);
    expect(connect(line, 'a', next, 'b')).toBe(line);
  });
  it('copy with new ids; ways among the copies stay among them', () => {
    const made = copies(line.graph.steps.slice(0, 2), line.graph.steps);
    expect(made[0]?.next).toBe(made[1]?.id);
    expect(made[1]?.next).toBe('');
    expect(new Set([...made.map((s) => s.id), 'a', 'b', 'c']).size).toBe(5);
  });
  it('paste after a step: all of it comes into the way', () => {
    const { spec: put, first } = paste(line, 'a', [note1('p', 'q'), wait('q')]);
    expect(target(put, 'a', next)).toBe(first);
    expect(put.graph.steps).toHaveLength(5);
    expect(reached(put.graph.steps).size).toBe(5);
    const alone = paste(line, 'c', [note1('p')]);
    expect(target(alone.spec, 'c', next)).toBe(alone.first);
  });
  it('give what is left of a split to a new way', () => {
    const split = spec({ id: 's', kind: 'split', ways: [{ share_bp: 7000 }] });
    expect(addWay(split, 's').graph.steps[0]?.ways?.[1]?.share_bp).toBe(3000);
  });
  it('make room below where places are somebody’s own', () => {
    const placed = { ...line, layout: { a: [0, 0], b: [0, 132], c: [0, 264] } as Spec['layout'] };
    const put = insert(placed, 'a', next, note1('x'));
    expect(put.layout?.x?.[1]).toBeGreaterThan(0);
    expect(put.layout?.b?.[1]).toBeGreaterThan(put.layout?.x?.[1] ?? NaN);
    expect(remove(put, ['x']).layout?.x).toBeUndefined();
  });
  it('can be undone and done again; typing is one step', () => {
    let h = begin(line);
    h = note(h, change(h.now, 'a', { text: 'y' }), 'a text');
    h = note(h, change(h.now, 'a', { text: 'yes' }), 'a text');
    h = note(h, remove(h.now, ['c']));
    expect(h.past).toHaveLength(2);
    expect(undo(h).now.graph.steps[0]?.text).toBe('yes');
    expect(undo(undo(h)).now).toBe(line);
    expect(redo(undo(h)).now).toBe(h.now);
  });
});

describe('reading along', () => {
  it('comes to where ways meet after all of them', () => {
    const steps = [fork('f', 'a', 'b'), note1('a', 'm'), note1('m'), note1('b', 'm'), note1('loose')];
    expect(inOrder(steps).map((s) => s.id)).toEqual(['f', 'a', 'b', 'm', 'loose']);
    expect(edgesOf(steps)).toHaveLength(5);
  });
  it('gives ids that nobody has', () => {
    expect(stepId([])).toMatch(/^[a-z0-9]{6}$/);
    expect(newStep('split', 'x').ways?.[0]?.share_bp).toBe(5000);
  });
});

describe('what keeps it from being walked', () => {
  const codes = (s: Spec) => check(s).map((f) => `${f.step}:${f.code}`);
  it('rings need a wait', () => {
    expect(codes(spec(note1('a', 'b'), note1('b', 'a')))).toEqual(['a:ring']);
    expect(codes(spec(note1('a', 'b'), wait('b', 'a')))).toEqual([]);
    expect(codes(spec(note1('a', 'a')))).toEqual(['a:ring']);
  });
  it('loose steps, missing defaults, conditions and shares', () => {
    expect(codes(spec(note1('a'), note1('b')))).toEqual(['b:unreachable']);
    expect(codes(spec({ id: 'f', kind: 'branch', ways: [{ when: '' }] }))).toEqual(['f:noCondition', 'f:noDefault']);
    expect(codes(spec({ id: 's', kind: 'split', ways: [{ share_bp: 6000 }, { share_bp: 5000 }] }))).toEqual(['s:tooMuch']);
    expect(codes(spec({ id: 's', kind: 'split', ways: [{ share_bp: 6000 }, { share_bp: 4000 }] }))).toEqual([]);
    expect(codes(emptySpec)).toEqual([':empty']);
    expect(codes({ ...spec(wait('a')), entry: { kind: 'segment' } })).toEqual([':entry']);
  });
});

describe('layout', () => {
  const placed = (steps: Step[]) => layout(steps).places;
  const overlaps = (steps: Step[]) => {
    const all = Object.values(layout(steps).places);
    return all.some(([x, y], i) => all.some(([u, v], j) => i < j && y === v && Math.abs(x - u) < room.width - 1));
  };
  it('puts each step below what leads to it, and a straight journey in a straight line', () => {
    const at = placed([note1('a', 'b'), wait('b', 'c'), note1('c')]);
    expect([at.a, at.b, at.c]).toEqual([[0, room.height], [0, 2 * room.height], [0, 3 * room.height]]);
  });
  it('keeps the order of ways, and where they meet is in the middle', () => {
    const at = placed([fork('f', 'a', 'b'), note1('b', 'm'), note1('a', 'm'), note1('m')]);
    expect(at.a![0]).toBeLessThan(at.b![0]);
    expect(at.m![0]).toBe(Math.round((at.a![0] + at.b![0]) / 2));
    expect(at.m![1]).toBeGreaterThan(at.a![1]);
  });
  it('lets rings lead back up, and has a place for loose steps', () => {
    const steps = [note1('a', 'b'), wait('b', 'a'), note1('loose')];
    const at = placed(steps);
    expect(at.b![1]).toBeGreaterThan(at.a![1]);
    expect(at.loose).toBeDefined();
    expect(overlaps(steps)).toBe(false);
  });
  it('never puts two steps onto each other, whatever is drawn', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
    for (let round = 0; round < 60; round++) {
      const n = 2 + random(24);
      const to = () => (random(4) === 0 ? '' : `s${random(n)}`);
      const steps = Array.from({ length: n }, (_, i): Step => (random(3) === 0 ? { id: `s${i}`, kind: 'branch', ways: [{ when: 'x', next: to() }, { when: 'y', next: to() }], next: to() } : wait(`s${i}`, to())));
      expect(overlaps(steps)).toBe(false);
      expect(Object.keys(placed(steps))).toHaveLength(n + 1);
    }
  });
  it('leads a long line past what lies between', () => {
    const { places, bends } = layout([fork('f', 'a', 'b'), note1('a', 'm'), note1('b', 'c'), note1('c', 'm'), note1('m')]);
    const [bend] = bends.get(bendKey('a', -1)) ?? [];
    expect(bend?.[1]).toBe(places.c![1]);
    expect(Math.abs(bend![0] - places.c![0])).toBeGreaterThan(110);
    expect(linePath([0, 0], [], [100, 60]).path).toMatch(/^M 0 0 L 0 26 Q 0 34 8 34 L 92 34 Q 100 34 100 42 L 100 60$/);
  });
  it('two hundred steps take no time worth noticing', () => {
    const steps = Array.from({ length: 200 }, (_, i): Step => (i % 5 === 0 ? fork(`s${i}`, `s${(i * 7) % 200}`, `s${i + 1}`) : wait(`s${i}`, i < 199 ? `s${i + 1}` : '')));
    const began = performance.now();
    layout(steps);
    expect(performance.now() - began).toBeLessThan(500);
  });
  it('leaves where it is what somebody put there', () => {
    expect(placesOf([note1('a', 'b'), note1('b')], { a: [500, 40] }).places.a).toEqual([500, 40]);
  });
});

describe('near', () => {
  const steps = [fork('f', 'a', 'b'), note1('a', 'm'), note1('b', 'm'), note1('m')];
  const { places } = layout(steps);
  it('keys lead to the box in that direction', () => {
    expect(neighbour(places, start, 'down')).toBe('f');
    expect(neighbour(places, 'a', 'right')).toBe('b');
    expect(neighbour(places, 'm', 'up')).toMatch(/^[ab]$/);
    expect(neighbour(places, start, 'up')).toBeUndefined();
  });
  it('what is dropped falls onto a line, or under a box, or beside all', () => {
    expect(lineAt(steps, places, 0, 86)).toMatchObject({ from: start, to: 'f' });
    expect(lineAt(steps, places, 2000, 2000)).toBeUndefined();
    expect(boxAt(places, places.m![0], places.m![1] + 90)).toBe('m');
    expect(boxAt(places, 2000, 0)).toBeUndefined();
  });
});

describe('conditions on an event', () => {
  it('are rows and text, and what rows cannot say stays text', () => {
    const text = 'amount >= 100 and sku = "春 茶" and region = 上海';
    expect(whereText(whereRows(text)!)).toBe(text);
    expect(whereRows('sku in (a, b)')).toBeUndefined();
    expect(whereRows('amount > 1 and')).toBeUndefined();
    expect(whereRows('')).toEqual([]);
    expect(whereText([{ property: 'a', is: '=', value: 'say "yes"' }])).toBe('a = "say \\"yes\\""');
  });
});

it('times are said in the largest whole unit', () => {
  expect(unitOf(86_400 * 3)).toEqual({ unit: 'days', count: 3 });
  expect(unitOf(5400)).toEqual({ unit: 'minutes', count: 90 });
});
