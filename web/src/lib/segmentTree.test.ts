import { describe, expect, it } from 'vitest';
import { at, complete, duplicate, emit, find, group, insert, load, move, remove, row, rows, setLeaf, setNot, setOp, unwrap, wrap, type Draft, type Group, type Leaf, type Tree } from './segmentTree';

const silent: Leaf = { op: 'compare', field: 'stage', is: '=', value: 'silent' };
const spent: Leaf = { op: 'compare', field: 'gmv', is: '>', value: 500 };
const tagged: Leaf = { op: 'tag', any: [{ id: 'tag_1', name: '母婴' }] };
const did: Leaf = { op: 'did', event: 'order.paid', is: '>=', value: 2, window: { last: '90d' } };
const leaves = [silent, spent, tagged, did, { op: 'reachable' }, { op: 'something new', with: 'members' } as Leaf];

/** What a draft looks like at a glance: a word for each part. */
const shape = (node: Draft): unknown => {
  const name = node.kind === 'row' ? (node.leaf.field ?? node.leaf.event ?? node.leaf.op) : [node.op, ...node.of.map(shape)];
  return node.not ? { not: name } : name;
};

/** Numbers that are the same in each run. */
function numbers(seed: number) {
  let x = seed * 2654435761 + 1;
  return (below: number) => {
    x = (x * 1103515245 + 12345) & 0x7fffffff;
    return (x >> 8) % below;
  };
}

function randomTree(pick: (below: number) => number, depth: number): Tree {
  const n = pick(depth > 0 ? 6 : 3);
  if (n < 3) return leaves[pick(leaves.length)]!;
  if (n === 3) return { op: 'not', of: randomTree(pick, depth - 1) };
  return { op: n === 4 ? 'and' : 'or', of: Array.from({ length: 2 + pick(3) }, () => randomTree(pick, depth - 1)) };
}

const valueAt = (tree: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], tree);

describe('a draft', () => {
  it('gives back every tree that it was made of, and says where each part stands', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const tree = randomTree(numbers(seed), 4);
      const draft = load(tree);
      const { tree: out, paths, unfinished } = emit(draft);
      expect(out).toEqual(tree);
      expect(unfinished).toEqual([]);
      for (const r of rows(draft)) {
        const path = paths.get(r.id)!;
        expect(valueAt(out, r.not ? `${path}/of` : path)).toEqual(r.leaf);
      }
    }
  });
  it('of everybody is empty, and the other way', () => {
    const draft = load({ op: 'everyone' });
    expect(draft.of).toEqual([]);
    expect(emit(draft)).toMatchObject({ tree: { op: 'everyone' } });
  });
  it('leaves out what is not filled in, and groups of nothing else', () => {
    const unfinished = row({ op: 'compare', field: 'gmv', is: '>' });
    const draft = group('and', [row(silent), unfinished, group('or', [row({ op: '' })]), group('or', [row(spent), row({ op: 'tag', any: [] })])]);
    const { tree, paths, unfinished: names } = emit(draft);
    expect(tree).toEqual({ op: 'and', of: [silent, spent] });
    expect(names).toHaveLength(3);
    expect(paths.has(unfinished.id)).toBe(false);
  });
  it('keeps the names of parts that stay where they are', () => {
    const before = load({ op: 'and', of: [silent, { op: 'or', of: [spent, tagged] }] });
    const after = load({ op: 'and', of: [silent, { op: 'or', of: [spent, did, tagged] }, did] }, before);
    expect(after.id).toBe(before.id);
    expect(after.of[0]!.id).toBe(before.of[0]!.id);
    expect((after.of[1] as Group).of[0]!.id).toBe((before.of[1] as Group).of[0]!.id);
    const names = [after, ...after.of, ...(after.of[1] as Group).of].map((x) => x.id);
    expect(new Set(names).size).toBe(names.length);
  });
  it('negated twice stays negated twice', () => {
    const tree: Tree = { op: 'not', of: { op: 'not', of: { op: 'not', of: silent } } };
    expect(emit(load(tree)).tree).toEqual(tree);
  });
});

describe('a problem’s place', () => {
  it('is the innermost part that it lies in', () => {
    const [a, b, c] = [row(silent), row(spent, true), row(tagged)];
    const draft = group('and', [a, group('or', [b, c])]);
    const { paths } = emit(draft);
    expect(at(paths, '/of/0/value')).toBe(a.id);
    expect(at(paths, '/of/1/of/0/of/value')).toBe(b.id);
    expect(at(paths, '/of/1/of/1')).toBe(c.id);
    expect(at(paths, '/of/1')).toBe(draft.of[1]!.id);
    expect(at(paths, '')).toBe(draft.id);
    expect(at(paths, '/of/10/value')).toBe(draft.id);
  });
  it('is the row when it is the only one', () => {
    const only = row(silent);
    const { paths } = emit(group('and', [only]));
    expect(at(paths, '/value')).toBe(only.id);
  });
});

describe('editing', () => {
  const make = () => {
    const [a, b, c, d] = [row(silent), row(spent), row(tagged), row(did)];
    const inner = group('or', [b, c]);
    return { a, b, c, d, inner, root: group('and', [a, inner, d]) };
  };
  it('changes one part and leaves the others as they are', () => {
    const { root, b, a } = make();
    const next = setLeaf(root, b.id, { ...spent, value: 900 });
    expect(find(next, b.id)?.node).toMatchObject({ leaf: { value: 900 } });
    expect(next.of[0]).toBe(a);
    expect(root.of[1]).toMatchObject({ of: [{ leaf: spent }, {}] });
    expect(setLeaf(root, 'nobody', spent)).toBe(root);
  });
  it('negates, joins otherwise, removes', () => {
    const { root, inner, a } = make();
    expect(shape(setNot(root, inner.id, true))).toEqual(['and', 'stage', { not: ['or', 'gmv', 'tag'] }, 'order.paid']);
    expect(shape(setOp(root, root.id, 'or'))).toEqual(['or', 'stage', ['or', 'gmv', 'tag'], 'order.paid']);
    expect(shape(remove(root, a.id))).toEqual(['and', ['or', 'gmv', 'tag'], 'order.paid']);
  });
  it('steps through groups, down and up again', () => {
    const { root, a } = make();
    const down: unknown[] = [];
    let now = root;
    for (let i = 0; i < 6; i++) {
      now = move(now, a.id, 1);
      down.push(shape(now));
    }
    expect(down).toEqual([
      ['and', ['or', 'stage', 'gmv', 'tag'], 'order.paid'],
      ['and', ['or', 'gmv', 'stage', 'tag'], 'order.paid'],
      ['and', ['or', 'gmv', 'tag', 'stage'], 'order.paid'],
      ['and', ['or', 'gmv', 'tag'], 'stage', 'order.paid'],
      ['and', ['or', 'gmv', 'tag'], 'order.paid', 'stage'],
      ['and', ['or', 'gmv', 'tag'], 'order.paid', 'stage'],
    ]);
    for (let i = 0; i < 5; i++) now = move(now, a.id, -1);
    expect(shape(now)).toEqual(shape(root));
    expect(move(root, root.id, 1)).toBe(root);
  });
  it('copies with new names', () => {
    const { root, inner } = make();
    const [next, id] = duplicate(root, inner.id);
    expect(shape(next)).toEqual(['and', 'stage', ['or', 'gmv', 'tag'], ['or', 'gmv', 'tag'], 'order.paid']);
    expect(id).toBe(next.of[2]!.id);
    const names = rows(next).map((r) => r.id);
    expect(new Set(names).size).toBe(names.length);
  });
  it('groups, dissolves and adds', () => {
    const { root, a, inner } = make();
    expect(shape(wrap(root, a.id))).toEqual(['and', ['or', 'stage'], ['or', 'gmv', 'tag'], 'order.paid']);
    expect(shape(unwrap(root, inner.id))).toEqual(['and', 'stage', 'gmv', 'tag', 'order.paid']);
    expect(shape(insert(root, inner.id, row(silent), 1))).toEqual(['and', 'stage', ['or', 'gmv', 'stage', 'tag'], 'order.paid']);
  });
});

describe('a condition', () => {
  it.each<[Leaf, boolean]>([
    [{ op: '' }, false],
    [silent, true],
    [{ op: 'compare', field: 'stage', is: 'in', values: [] }, false],
    [{ op: 'compare', field: 'stage', is: 'set' }, true],
    [{ op: 'compare', trait: 'shoe', is: 'between', values: [36, ''] }, false],
    [{ op: 'compare', trait: 'shoe', is: 'between', values: [36, 38] }, true],
    [{ op: 'compare', trait: 'vip', is: '=', value: false }, true],
    [{ op: 'compare', field: 'orders', is: '=', value: 0 }, true],
    [{ op: 'during', field: 'created' }, false],
    [{ op: 'during', field: 'created', window: { from: '2026-01-01', to: '' } }, false],
    [{ op: 'segment', segment: {} }, false],
    [{ op: 'random', to: 0 }, false],
    [{ op: 'did', event: 'order.paid' }, true],
    [{ op: 'did', event: 'order.paid', measure: 'sum', property: 'amount', is: '>=' }, false],
    [{ op: 'did', event: 'order.paid', where: [{ property: 'sku', is: 'has any', values: [] }] }, false],
    [{ op: 'first', event: 'order.paid' }, false],
    [{ op: 'last', event: 'order.paid', window: { before_ago: '90d' } }, true],
  ])('%j is complete: %s', (leaf, yes) => expect(complete(leaf)).toBe(yes));
});
