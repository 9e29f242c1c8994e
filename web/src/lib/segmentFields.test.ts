import { describe, expect, it } from 'vitest';
import type { SegmentVocabulary } from '../api/types';
import { comparisonOf, comparisons, editable, fieldInfo, leafFor, subjectOf, withComparison, withValues, type ValueType } from './segmentFields';
import { complete, type Leaf } from './segmentTree';

const vocabulary: SegmentVocabulary = {
  fields: [
    { name: 'stage', type: 'text', label: '阶段', values: ['new', 'silent'], refers: '' },
    { name: 'region', type: 'text', label: '地区', values: [], refers: '' },
    { name: 'owner', type: 'text', label: '负责人', values: [], refers: 'staff' },
    { name: 'orders', type: 'count', label: '订单数', values: [], refers: '' },
    { name: 'gmv', type: 'money', label: '消费额', values: [], refers: '' },
    { name: 'birthday', type: 'date', label: '生日', values: [], refers: '' },
    { name: 'created', type: 'instant', label: '成为客户', values: [], refers: '' },
  ],
  traits: [
    { key: 'vip', label: '贵宾', type: 'boolean', options: [] },
    { key: 'likes', label: '爱好', type: 'list', options: ['茶', '花'] },
    { key: 'shoe', label: '鞋码', type: 'number', options: [] },
  ],
  tags: [{ id: 'tag_1', name: '母婴', group: '人群', count: 3 }],
  events: [{ kind: 'order.paid', label: '下单', open: false, properties: [{ name: 'amount', type: 'money' }, { name: 'sku', type: 'list' }] }],
  segments: [{ id: 'seg_1', name: '沉默', size: 4 }],
  lists: [{ id: 'lst_1', name: '员工', size: 2 }],
  staff: [{ id: 'stf_1', name: '林小满' }],
  channels: [],
  sources: ['demo'],
  identities: ['phone'],
  carriers: ['wecom'],
  purposes: [],
  regions: [{ region: '山东', count: 9 }],
  currency: 'CNY',
  currency_digits: 2,
  time_zone: 'Asia/Shanghai',
  limits: { conditions: 1000, decimals: 4, depth: 64, items: 1000, json_bytes: 262144, text_bytes: 65536, value: 1000 },
};

const subjects = [
  ...vocabulary.fields.map((f) => `field:${f.name}`),
  ...vocabulary.traits.map((x) => `trait:${x.key}`),
  'anniversary:field:birthday',
  'event:order.paid',
  'tag',
  'segment',
  'list',
  'identity',
  'reachable',
  'consent',
  'random',
  'everyone',
  'nobody',
];

describe('a new condition', () => {
  it.each(subjects)('about %s is about that, and has an editor', (subject) => {
    const leaf = leafFor(subject, vocabulary);
    expect(subjectOf(leaf)).toBe(subject);
    expect(editable(leaf, vocabulary)).toBe(true);
  });
  it('about one tag, segment or list is complete at once', () => {
    expect(leafFor('tag:tag_1', vocabulary)).toEqual({ op: 'tag', any: [{ id: 'tag_1', group: '人群', name: '母婴' }] });
    expect(leafFor('segment:seg_1', vocabulary)).toEqual({ op: 'segment', segment: { id: 'seg_1', name: '沉默' } });
    expect(complete(leafFor('list:lst_1', vocabulary))).toBe(true);
    expect(complete(leafFor('list:gone', vocabulary))).toBe(false);
  });
});

describe('comparisons', () => {
  const types: ValueType[] = ['text', 'count', 'money', 'number', 'date', 'instant', 'boolean', 'list'];
  it('are named as they were chosen, for each type', () => {
    for (const type of types) {
      for (const name of comparisons(type)) {
        const chosen = withComparison<Leaf>({ op: 'compare', field: 'x' }, name);
        expect(comparisonOf(chosen, type)).toBe(name);
      }
    }
  });
  it('of text say = with one value and in with several', () => {
    const none = withComparison<Leaf>({ op: 'compare', field: 'region' }, 'any');
    const one = withValues(none, ['山东']);
    expect(one).toEqual({ op: 'compare', field: 'region', is: '=', value: '山东' });
    const two = withValues(one, ['山东', '河南']);
    expect(two).toEqual({ op: 'compare', field: 'region', is: 'in', values: ['山东', '河南'] });
    expect(withComparison(two, 'none')).toMatchObject({ is: 'not in', values: ['山东', '河南'] });
    expect(withValues(withComparison(two, 'none'), ['山东'])).toMatchObject({ is: '!=', value: '山东' });
    expect(withValues(one, [])).toMatchObject({ is: 'in', values: [] });
  });
  it('keep what still fits when they change', () => {
    const more: Leaf = { op: 'compare', field: 'gmv', is: '>', value: 500 };
    expect(withComparison(more, 'between')).toEqual({ op: 'compare', field: 'gmv', is: 'between', values: [500, 500] });
    expect(withComparison(withComparison(more, 'between'), '<')).toMatchObject({ is: '<', value: 500 });
    expect(withComparison(more, 'set')).toEqual({ op: 'compare', field: 'gmv', is: 'set' });
    expect(withComparison(more, 'in')).toMatchObject({ is: 'in', values: [500] });
  });
  it('without a number are not filled in, and say so by lacking it', () => {
    const empty = withValues<Leaf>({ op: 'compare', field: 'gmv', is: '>', value: 5 }, []);
    expect(empty).toEqual({ op: 'compare', field: 'gmv', is: '>' });
    expect(complete(empty)).toBe(false);
  });
});

describe('what has no editor', () => {
  it.each<[string, Leaf]>([
    ['an unknown condition', { op: 'astrology' }],
    ['a field that is not there', { op: 'compare', field: 'shoe_size', is: '=', value: 3 }],
    ['a trait that is gone', { op: 'compare', trait: 'gone', is: '=', value: 3 }],
    ['a comparison that the type does not have', { op: 'compare', field: 'gmv', is: 'contains', value: '5' }],
    ['a value of another type', { op: 'compare', field: 'gmv', is: '>', value: '500' }],
    ['a window that is not known', { op: 'during', field: 'created', window: { fortnight: '2' } }],
    ['an event of an unknown kind', { op: 'did', event: 'spell.cast' }],
    ['a condition on a property of another type', { op: 'did', event: 'order.paid', where: [{ property: 'amount', is: '=', value: 'x' }] }],
  ])('%s is left to its text', (_name, leaf) => expect(editable(leaf, vocabulary)).toBe(false));
});

it('known values are those of the org', () => {
  expect(fieldInfo('field:region', vocabulary)).toMatchObject({ type: 'text', values: ['山东'], free: true });
  expect(fieldInfo('field:stage', vocabulary)).toMatchObject({ values: ['new', 'silent'], free: false });
  expect(fieldInfo('field:owner', vocabulary)).toMatchObject({ refers: 'staff' });
  expect(fieldInfo('trait:likes', vocabulary)).toMatchObject({ type: 'list', values: ['茶', '花'], free: false });
  expect(fieldInfo('trait:gone', vocabulary)).toBeUndefined();
});
