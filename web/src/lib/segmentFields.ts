// What a condition can be about, which comparisons fit it, and what a new one starts as.
import type { SegmentVocabulary } from '../api/types';
import { arity, type Condition, type Leaf, type Scalar } from './segmentTree';
import { formOf, formsFor, type About } from './segmentWindow';

export type ValueType = 'text' | 'count' | 'money' | 'number' | 'date' | 'instant' | 'boolean' | 'list';

/** What a condition is about, as one word: "field:gmv", "trait:skin", "event:order.paid", "tag". */
export type Subject = string;

export function subjectOf(leaf: Leaf): Subject {
  const about = leaf.field ? `field:${leaf.field}` : leaf.trait ? `trait:${leaf.trait}` : '';
  switch (leaf.op) {
    case 'compare':
    case 'during':
      return about;
    case 'anniversary':
      return `anniversary:${about}`;
    case 'did':
    case 'first':
    case 'last':
      return `event:${leaf.event ?? ''}`;
    default:
      return leaf.op;
  }
}

/** A field or trait as its editor needs it. */
export interface FieldInfo {
  type: ValueType;
  /** The only values there are, or the usual ones when free. */
  values: string[];
  free: boolean;
  refers?: 'staff' | 'channel';
}

/** What is known about the field or trait of a subject; undefined when there is none by that name. */
export function fieldInfo(subject: Subject, v: SegmentVocabulary): FieldInfo | undefined {
  const [kind, name] = split(subject.replace(/^anniversary:/, ''));
  if (kind === 'field') {
    const f = v.fields.find((x) => x.name === name);
    if (!f) return undefined;
    const values = name === 'region' ? v.regions.map((r) => r.region) : name === 'source' ? v.sources : (f.values ?? []);
    return { type: f.type as ValueType, values, free: (f.values ?? []).length === 0, refers: (f.refers || undefined) as FieldInfo['refers'] };
  }
  if (kind === 'trait') {
    const f = v.traits.find((x) => x.key === name);
    return f && { type: f.type as ValueType, values: f.options ?? [], free: (f.options ?? []).length === 0 };
  }
  return undefined;
}

export function split(subject: Subject): [string, string] {
  const i = subject.indexOf(':');
  return i < 0 ? [subject, ''] : [subject.slice(0, i), subject.slice(i + 1)];
}

const about = (subject: Subject): Pick<Leaf, 'field' | 'trait'> => {
  const [kind, name] = split(subject);
  return kind === 'trait' ? { trait: name } : { field: name };
};

/** A new condition about a subject, as far filled in as can be guessed. */
export function leafFor(subject: Subject, v: SegmentVocabulary): Leaf {
  const [kind, name] = split(subject);
  switch (kind) {
    case 'field':
    case 'trait':
      return { op: 'compare', ...about(subject), ...startingWith(fieldInfo(subject, v)) };
    case 'anniversary':
      return { op: 'anniversary', ...about(name), window: { next: '7d' } };
    case 'event':
      return { op: 'did', event: name, window: { last: '90d' } };
    case 'tag':
      return { op: 'tag', any: v.tags.filter((t) => t.id === name).map(tagRef) };
    case 'segment':
      return { op: 'segment', segment: named(v.segments, name) };
    case 'list':
      return { op: 'list', list: named(v.lists, name) };
    case 'identity':
      return { op: 'identity', kind: v.identities[0] };
    case 'consent':
      return { op: 'consent', purpose: purposesOf(v)[0], state: 'granted' };
    case 'random':
      return { op: 'random', to: 1000 };
    default:
      return { op: kind };
  }
}

/** What consent is asked for; where an org has not said, what it usually is. */
export const purposesOf = (v: SegmentVocabulary) => (v.purposes.length > 0 ? v.purposes : ['marketing', 'profiling', 'service', 'partner_sharing']);

function named(list: { id: string; name: string }[], id: string) {
  const hit = list.find((x) => x.id === id);
  return hit ? { id: hit.id, name: hit.name } : {};
}

export const tagRef = (t: { id: string; name: string; group: string }) => ({ id: t.id, ...(t.group ? { group: t.group } : {}), name: t.name });

function startingWith(info: FieldInfo | undefined): Partial<Leaf> {
  switch (info?.type) {
    case 'count':
    case 'money':
    case 'number':
      return { is: '>=' };
    case 'date':
    case 'instant':
      return { op: 'during', window: { last: '30d' } };
    case 'boolean':
      return { is: '=', value: true };
    case 'list':
      return { is: 'has any', values: [] };
    default:
      return { is: 'in', values: [] };
  }
}

/** The comparisons that a type has, in the order of their use. Of text, = and in are one: "any" says both. */
export function comparisons(type: ValueType): string[] {
  switch (type) {
    case 'text':
      return ['any', 'none', 'contains', 'starts with', 'set', 'unset'];
    case 'count':
    case 'money':
    case 'number':
      return ['>=', '<=', '>', '<', '=', '!=', 'between', 'in', 'not in', 'set', 'unset'];
    case 'date':
    case 'instant':
      return ['=', '!=', '>=', '<=', '>', '<', 'between', 'set', 'unset'];
    case 'boolean':
      return ['=', 'set', 'unset'];
    case 'list':
      return ['has any', 'has all', 'has none', 'set', 'unset'];
  }
}

/** A leaf or a condition on an event's property: what is compared with what. */
type Comparison = Pick<Condition, 'value' | 'values'> & { is?: string };

/** The comparison as the editor names it: one of comparisons. */
export function comparisonOf(c: Comparison, type: ValueType): string | undefined {
  if (type !== 'text') return c.is;
  if (c.is === '=' || c.is === 'in') return 'any';
  if (c.is === '!=' || c.is === 'not in') return 'none';
  return c.is;
}

/** Every value that is compared with, one or many. */
export function valuesOf(c: Comparison): Scalar[] {
  return c.values ?? (c.value === undefined ? [] : [c.value]);
}

/** Sets values; of text, one value is compared with = and several with in. */
export function withValues<C extends Comparison>(c: C, values: Scalar[]): C {
  const { value: _value, values: _values, ...rest } = c;
  const plural: Record<string, string> = { '=': 'in', '!=': 'not in' };
  const singular: Record<string, string> = { in: '=', 'not in': '!=' };
  const texts = values.every((v) => typeof v !== 'number');
  if (c.is && singular[c.is] && values.length === 1 && texts) return { ...rest, is: singular[c.is], value: values[0] } as C;
  if (c.is && plural[c.is] && values.length !== 1) return { ...rest, is: plural[c.is], values } as C;
  if (arity(c.is) === 'one') return (values[0] === undefined ? rest : { ...rest, value: values[0] }) as C;
  if (arity(c.is) === 'none') return rest as C;
  return { ...rest, values } as C;
}

/** Changes the comparison and keeps the values that still fit. */
export function withComparison<C extends Comparison>(c: C, name: string): C {
  const old = valuesOf(c);
  const { value: _value, values: _values, ...rest } = c;
  const is = name === 'any' ? 'in' : name === 'none' ? 'not in' : name;
  switch (arity(is)) {
    case 'none':
      return { ...rest, is } as C;
    case 'one':
      return { ...rest, is, ...(old[0] === undefined ? {} : { value: old[0] }) } as C;
    case 'two':
      return { ...rest, is, ...(old.length > 0 ? { values: [old[0], old[1] ?? old[0]] } : {}) } as C;
    case 'many':
      return withValues({ ...rest, is } as C, old);
  }
}

/** What windows of a condition can say. */
export function windowsOf(leaf: Leaf): About {
  if (leaf.op === 'anniversary') return 'yearly';
  if (leaf.op === 'during') return 'date';
  return leaf.op === 'did' ? 'event' : 'edge';
}

const fits = (type: ValueType, v: Scalar) => {
  switch (type) {
    case 'count':
    case 'money':
    case 'number':
      return typeof v === 'number';
    case 'boolean':
      return typeof v === 'boolean';
    case 'date':
    case 'instant':
      return typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v);
    default:
      return typeof v === 'string' || typeof v === 'object';
  }
};

const comparable = (c: Comparison, type: ValueType) => {
  const name = comparisonOf(c, type);
  return name === undefined || (comparisons(type).includes(name) && valuesOf(c).every((v) => fits(type, v)));
};

/** The type of an event's property; of an open event's unknown one, what its value looks like. */
export function propertyType(event: string | undefined, c: Pick<Condition, 'property'> & Comparison, v: SegmentVocabulary): ValueType {
  const known = v.events.find((e) => e.kind === event)?.properties.find((p) => p.name === c.property);
  if (known) return known.type as ValueType;
  const value = valuesOf(c)[0];
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text';
}

/**
 * Whether the builder has an editor for all of a condition. One that it does
 * not have is shown as text, and left as it is.
 */
export function editable(leaf: Leaf, v: SegmentVocabulary): boolean {
  const when = leaf.window === undefined || formsFor(windowsOf(leaf)).includes(formOf(leaf.window) ?? 'always') && formOf(leaf.window) !== undefined;
  switch (leaf.op) {
    case '':
    case 'everyone':
    case 'nobody':
    case 'tag':
    case 'segment':
    case 'list':
    case 'random':
    case 'identity':
    case 'reachable':
    case 'consent':
      return true;
    case 'compare': {
      const info = fieldInfo(subjectOf(leaf), v);
      return info !== undefined && comparable(leaf, info.type);
    }
    case 'during':
    case 'anniversary': {
      const info = fieldInfo(subjectOf(leaf), v);
      return (info?.type === 'date' || info?.type === 'instant') && when;
    }
    case 'did':
    case 'first':
    case 'last': {
      const kind = v.events.find((e) => e.kind === leaf.event);
      const where = (leaf.where ?? []).every((c) => comparable(c, propertyType(leaf.event, c, v)));
      return kind !== undefined && when && where && (leaf.is === undefined || ['=', '!=', '<', '<=', '>', '>=', 'between'].includes(leaf.is));
    }
    default:
      return false;
  }
}
