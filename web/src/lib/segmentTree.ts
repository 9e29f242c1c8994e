// A predicate as the builder edits it. The API's tree is what is saved; a draft
// is the same tree with a name for every part and room for what is not filled
// in yet. Nothing here knows of the text form: only the server turns one into
// the other.

export type Scalar = string | number | boolean | { id: string; name?: string };

export interface Ref {
  id?: string;
  name?: string;
}

export interface TagRef extends Ref {
  group?: string;
}

/** One way of saying when, as in the JSON form: {last: "90d"}, {from: …, to: …}. */
export type Window = Record<string, string | boolean>;

export interface Condition {
  property: string;
  is: string;
  value?: Scalar;
  values?: Scalar[];
}

/** One condition. Which members belong to which op is in the JSON Schema; a draft may lack some. */
export interface Leaf {
  op: string;
  field?: string;
  trait?: string;
  is?: string;
  value?: Scalar;
  values?: Scalar[];
  window?: Window;
  any?: TagRef[];
  segment?: Ref;
  list?: Ref;
  from?: number;
  to?: number;
  salt?: string;
  kind?: string;
  carrier?: string;
  purpose?: string;
  state?: string;
  event?: string;
  where?: Condition[];
  measure?: string;
  property?: string;
}

/** The JSON form. */
export type Tree = { op: 'and' | 'or'; of: Tree[] } | { op: 'not'; of: Tree } | Leaf;

export interface Row {
  kind: 'row';
  id: string;
  not: boolean;
  leaf: Leaf;
}

export interface Group {
  kind: 'group';
  id: string;
  not: boolean;
  op: 'and' | 'or';
  of: Draft[];
}

export type Draft = Row | Group;

let made = 0;
const fresh = () => `n${++made}`;

export const row = (leaf: Leaf, not = false): Row => ({ kind: 'row', id: fresh(), not, leaf });
export const group = (op: 'and' | 'or', of: Draft[] = [], not = false): Group => ({ kind: 'group', id: fresh(), not, op, of });

const joins = (tree: Tree): tree is { op: 'and' | 'or'; of: Tree[] } => tree.op === 'and' || tree.op === 'or';
const negates = (tree: Tree): tree is { op: 'not'; of: Tree } => tree.op === 'not';

/** A draft of a tree. Parts that stand where like has one of their kind keep its name, and with it their place on screen. */
function loadPart(tree: Tree, like?: Draft): Draft {
  if (negates(tree)) {
    const inner = loadPart(tree.of, like);
    // Negated twice: a group of one keeps the outer one.
    return inner.not ? group('and', [inner], true) : { ...inner, not: true };
  }
  if (joins(tree)) {
    const old = like?.kind === 'group' ? like : undefined;
    return { kind: 'group', id: old?.id ?? fresh(), not: false, op: tree.op, of: tree.of.map((t, i) => loadPart(t, old?.of[i])) };
  }
  return { kind: 'row', id: like?.kind === 'row' ? like.id : fresh(), not: false, leaf: tree };
}

/** A whole tree as a draft: always a group, and an empty one for everybody. */
export function load(tree: Tree, like?: Group): Group {
  if (tree.op === 'everyone') return { ...group('and'), id: like?.id ?? fresh() };
  const single = !joins(negates(tree) ? tree.of : tree);
  if (!single) {
    const whole = loadPart(tree, like);
    if (whole.kind === 'group') return whole;
  }
  const only = loadPart(tree, like?.of.length === 1 ? like.of[0] : undefined);
  return { kind: 'group', id: like?.id ?? fresh(), not: false, op: 'and', of: [only] };
}

export interface Emitted {
  tree: Tree;
  /** Where each part of the draft stands in the tree, as a JSON pointer. What is left out has none. */
  paths: Map<string, string>;
  /** Rows that are not filled in and therefore left out. */
  unfinished: string[];
}

/** The tree of a draft, without what is not filled in. */
export function emit(root: Group): Emitted {
  const paths = new Map<string, string>();
  const unfinished = rows(root)
    .filter((r) => !complete(r.leaf))
    .map((r) => r.id);
  const part = (node: Draft, path: string): Tree | undefined => {
    const inner = node.not ? `${path}/of` : path;
    let tree: Tree | undefined;
    if (node.kind === 'row') {
      if (!complete(node.leaf)) return undefined;
      tree = node.leaf;
      paths.set(node.id, path);
    } else {
      const live = node.of.filter((x) => rows(x).some((r) => complete(r.leaf)));
      if (live.length === 0) return undefined;
      paths.set(node.id, path);
      if (live.length === 1) tree = part(live[0]!, inner);
      else tree = { op: node.op, of: live.map((x, i) => part(x, `${inner}/of/${i}`)!) };
    }
    return node.not ? { op: 'not', of: tree! } : tree;
  };
  const tree = part(root, '');
  if (!tree) paths.set(root.id, '');
  return { tree: tree ?? { op: 'everyone' }, paths, unfinished };
}

/** Every row below a part, from top to bottom. */
export function rows(node: Draft): Row[] {
  return node.kind === 'row' ? [node] : node.of.flatMap(rows);
}

/** The part that a place in the tree belongs to: the innermost whose path leads there. */
export function at(paths: Map<string, string>, pointer: string): string | undefined {
  let found: string | undefined;
  let longest = -1;
  for (const [id, path] of paths) {
    // Of two with one path, a group and its only row, the row comes later.
    if ((pointer === path || pointer.startsWith(`${path}/`)) && path.length >= longest) [found, longest] = [id, path.length];
  }
  return found;
}

const filled = (v: Scalar | undefined) => v !== undefined && v !== '';

function compared(is: string | undefined, value: Scalar | undefined, values: Scalar[] | undefined): boolean {
  switch (arity(is)) {
    case 'none':
      return true;
    case 'one':
      return filled(value);
    case 'two':
      return values?.length === 2 && values.every(filled);
    case 'many':
      return (values?.length ?? 0) > 0;
  }
}

/** How many values a comparison takes. */
export function arity(is: string | undefined): 'none' | 'one' | 'two' | 'many' {
  switch (is) {
    case undefined:
    case 'set':
    case 'unset':
      return 'none';
    case 'between':
      return 'two';
    case 'in':
    case 'not in':
    case 'has any':
    case 'has all':
    case 'has none':
      return 'many';
    default:
      return 'one';
  }
}

const whole = (w: Window | undefined) => w !== undefined && Object.keys(w).length > 0 && Object.values(w).every((v) => v !== '');

/** Whether a condition says all that it has to; what it says may still be wrong. */
export function complete(leaf: Leaf): boolean {
  const about = Boolean(leaf.field || leaf.trait);
  switch (leaf.op) {
    case '':
      return false;
    case 'compare':
      return about && Boolean(leaf.is) && compared(leaf.is, leaf.value, leaf.values);
    case 'during':
    case 'anniversary':
      return about && whole(leaf.window);
    case 'tag':
      return (leaf.any?.length ?? 0) > 0;
    case 'segment':
      return Boolean(leaf.segment?.id || leaf.segment?.name);
    case 'list':
      return Boolean(leaf.list?.id || leaf.list?.name);
    case 'random':
      return leaf.to !== undefined && leaf.to > (leaf.from ?? 0);
    case 'identity':
      return Boolean(leaf.kind);
    case 'consent':
      return Boolean(leaf.purpose && leaf.state);
    case 'did':
    case 'first':
    case 'last': {
      const where = (leaf.where ?? []).every((c) => c.property !== '' && compared(c.is, c.value, c.values));
      const measured = leaf.op !== 'did' || !leaf.measure || leaf.measure === 'count' || (Boolean(leaf.property) && Boolean(leaf.is));
      const when = leaf.window === undefined ? leaf.op === 'did' : whole(leaf.window);
      return Boolean(leaf.event) && where && measured && when && compared(leaf.is, leaf.value, leaf.values);
    }
    default:
      return true; // reachable, everyone, nobody, and what is not known here
  }
}

/** A part and the group that it stands in. */
export function find(root: Group, id: string): { node: Draft; parent?: Group; index: number } | undefined {
  if (root.id === id) return { node: root, index: 0 };
  for (const [index, node] of root.of.entries()) {
    if (node.id === id) return { node, parent: root, index };
    const deeper = node.kind === 'group' ? find(node, id) : undefined;
    if (deeper) return deeper.parent ? deeper : { ...deeper, parent: root, index };
  }
  return undefined;
}

/** Puts what change returns in a part's place: another part, several, or none. */
function substitute(node: Group, id: string, change: (old: Draft) => Draft[]): Group {
  let changed = false;
  const of = node.of.flatMap((x) => {
    if (x.id === id) {
      changed = true;
      return change(x);
    }
    if (x.kind === 'row') return [x];
    const next = substitute(x, id, change);
    changed ||= next !== x;
    return [next];
  });
  return changed ? { ...node, of } : node;
}

/** Replaces one part by what change makes of it; the root can be changed but not replaced by a row. */
export function update(root: Group, id: string, change: (old: Draft) => Draft): Group {
  if (root.id !== id) return substitute(root, id, (old) => [change(old)]);
  const next = change(root);
  return next.kind === 'group' ? next : root;
}

export const setLeaf = (root: Group, id: string, leaf: Leaf) => update(root, id, (old) => (old.kind === 'row' ? { ...old, leaf } : old));
export const setNot = (root: Group, id: string, not: boolean) => update(root, id, (old) => ({ ...old, not }));
export const setOp = (root: Group, id: string, op: 'and' | 'or') => update(root, id, (old) => (old.kind === 'group' ? { ...old, op } : old));
export const remove = (root: Group, id: string) => substitute(root, id, () => []);

/** Adds a part at the end of a group, or at a place in it. */
export function insert(root: Group, groupId: string, node: Draft, index?: number): Group {
  return update(root, groupId, (old) => {
    if (old.kind !== 'group') return old;
    const of = [...old.of];
    of.splice(index ?? of.length, 0, node);
    return { ...old, of };
  });
}

const renamed = (node: Draft): Draft =>
  node.kind === 'row' ? { ...node, id: fresh() } : { ...node, id: fresh(), of: node.of.map(renamed) };

/** Puts a copy behind a part; says its name, so that it can be gone to. */
export function duplicate(root: Group, id: string): [Group, string | undefined] {
  let copy: Draft | undefined;
  const next = substitute(root, id, (old) => [old, (copy = renamed(old))]);
  return [next, copy?.id];
}

/**
 * Moves a part one step up or down. A neighbouring group is entered, and left
 * at its end, so that steps alone lead everywhere.
 */
export function move(root: Group, id: string, step: -1 | 1): Group {
  const here = find(root, id);
  if (!here?.parent) return root;
  const { node, parent, index } = here;
  const beside = parent.of[index + step];
  const without = remove(root, id);
  if (!beside) {
    const above = find(root, parent.id);
    if (!above?.parent) return root; // the end of everything
    return insert(without, above.parent.id, node, above.index + (step > 0 ? 1 : 0));
  }
  if (beside.kind === 'group') return insert(without, beside.id, node, step > 0 ? 0 : beside.of.length);
  return insert(without, parent.id, node, index + step);
}

/** Puts a part into a group of its own, of the other kind than the one it stands in. */
export function wrap(root: Group, id: string): Group {
  const parent = find(root, id)?.parent;
  return substitute(root, id, (old) => [group(parent?.op === 'or' ? 'and' : 'or', [old])]);
}

/** Dissolves a group into the one around it. */
export function unwrap(root: Group, id: string): Group {
  return substitute(root, id, (old) => (old.kind === 'group' ? old.of : [old]));
}

/** Whether two trees are the same in every word. */
export function same(a: Tree, b: Tree): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
