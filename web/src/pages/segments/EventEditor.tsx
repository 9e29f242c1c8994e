import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { AutoComplete, Button, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { SegmentVocabulary } from '../../api/types';
import { propertyType, windowsOf } from '../../lib/segmentFields';
import type { Condition, Leaf, Row } from '../../lib/segmentTree';
import { convert } from '../../lib/segmentWindow';
import { useNames } from './useNames';
import { ComparisonEditor, NumberInput } from './ValueEditor';
import { WindowEditor } from './WindowEditor';

interface Props {
  row: Row;
  label: string;
  vocabulary: SegmentVocabulary;
  onChange: (leaf: Leaf, mark?: string) => void;
  onNot: (not: boolean) => void;
  onHow: (leaf: Leaf, not: boolean) => void;
}

const amounts = ['sum', 'avg', 'min', 'max'] as const;

/** Events: whether, how often or how much, when; or when the first or last one was. */
export function EventEditor({ row, label, vocabulary: v, onChange, onHow }: Props) {
  const { t } = useTranslation();
  const { leaf } = row;
  const how = leaf.op === 'did' ? (row.not ? 'never' : 'did') : row.not ? `not_${leaf.op}` : leaf.op;
  const setHow = (next: string) => {
    const not = next === 'never' || next.startsWith('not_');
    if (next === 'did' || next === 'never') return onHow({ ...leaf, op: 'did' }, not);
    // When the first or last one was needs a window and compares nothing.
    const { measure: _m, property: _p, is: _i, value: _v, values: _vs, ...rest } = leaf;
    onHow({ ...rest, op: next.replace('not_', ''), window: leaf.window ?? { last: '30d' } }, not);
  };
  return (
    <>
      <Select
        className="fp-seg-op"
        variant="filled"
        popupMatchSelectWidth={false}
        value={how}
        options={['did', 'never', 'first', 'last', ...(how.startsWith('not_') ? [how] : [])].map((x) => ({ value: x, label: t(`segments.how.${x}`) }))}
        aria-label={t('segments.howOf', { name: label })}
        onChange={setHow}
      />
      {/* Never is never: a number is asked only where one was written. */}
      {leaf.op === 'did' && (!row.not || leaf.is !== undefined) && <Quantity leaf={leaf} label={label} vocabulary={v} onChange={onChange} />}
      <WindowEditor window={leaf.window} about={windowsOf(leaf)} label={label} onChange={(window, mark) => onChange(withWindow(leaf, window), mark)} />
      <Where leaf={leaf} label={label} vocabulary={v} onChange={onChange} />
    </>
  );
}

function withWindow(leaf: Leaf, window: Leaf['window']): Leaf {
  const { window: _old, ...rest } = leaf;
  return window ? { ...rest, window } : leaf.op === 'did' ? rest : { ...rest, window: convert(undefined, 'last', '') };
}

/** How many, or what a property of them comes to. */
function Quantity({ leaf, label, vocabulary: v, onChange }: Pick<Props, 'label' | 'vocabulary' | 'onChange'> & { leaf: Leaf }) {
  const { t } = useTranslation();
  const names = useNames(v);
  const kind = v.events.find((e) => e.kind === leaf.event);
  const numeric = (kind?.properties ?? []).filter((p) => ['money', 'number', 'count'].includes(p.type));
  const counts = !leaf.measure || leaf.measure === 'count';
  const value = counts ? 'count' : `${leaf.measure}:${leaf.property}`;
  const measures = amounts.flatMap((m) => numeric.map((p) => ({ value: `${m}:${p.name}`, label: t(`segments.measure.${m}`, { name: names.property(p.name) }) })));
  if (!counts && !measures.some((m) => m.value === value)) measures.push({ value, label: t(`segments.measure.${leaf.measure}`, { name: names.property(leaf.property ?? '') }) });
  const setMeasure = (next: string) => {
    const { measure: _m, property: _p, is: _i, value: _v, values: _vs, ...rest } = leaf;
    const [measure, property] = next.split(/:(.*)/s);
    onChange(next === 'count' ? rest : { ...rest, measure, property, is: '>=' });
  };
  // Nothing compared means at least once.
  const is = leaf.is ?? '>=';
  const n = leaf.is === undefined ? 1 : leaf.value;
  const setNumbers = (nextIs: string, a: number | null | undefined, b?: number | null) => {
    const { is: _i, value: _v, values: _vs, ...rest } = leaf;
    if (nextIs === 'between') return onChange({ ...rest, is: nextIs, values: [a ?? '', b ?? ''] }, 'count');
    if (counts && nextIs === '>=' && a === 1) return onChange(rest, 'count');
    onChange({ ...rest, is: nextIs, ...(typeof a === 'number' ? { value: a } : {}) }, 'count');
  };
  const type = counts ? 'count' : propertyType(leaf.event, { property: leaf.property ?? '', value: 0 }, v);
  const number = (x: unknown) => (typeof x === 'number' ? x : null);
  const input = (x: unknown, name: string, set: (n: number | null) => void) => (
    <NumberInput type={type} value={number(x) ?? undefined} label={name} currency={v.currency} onChange={set} />
  );
  return (
    <span className="fp-seg-between">
      {measures.length > 0 && (
        <Select
          className="fp-seg-op"
          variant="filled"
          popupMatchSelectWidth={false}
          value={value}
          options={[{ value: 'count', label: t('segments.measure.count') }, ...measures]}
          aria-label={t('segments.measureOf', { name: label })}
          onChange={setMeasure}
        />
      )}
      <Select
        className="fp-seg-op"
        variant="filled"
        popupMatchSelectWidth={false}
        value={is}
        options={['>=', '<=', '=', '>', '<', 'between', ...(is === '!=' ? ['!='] : [])].map((k) => ({ value: k, label: t(`segments.amount.${k === '>=' ? 'ge' : k === '<=' ? 'le' : k === '=' ? 'eq' : k === '>' ? 'gt' : k === '<' ? 'lt' : k === '!=' ? 'ne' : k}`) }))}
        aria-label={t('segments.comparisonOf', { name: label })}
        onChange={(next) => setNumbers(next, number(leaf.values?.[0]) ?? number(n), number(leaf.values?.[1]) ?? number(n))}
      />
      {is === 'between' ? (
        <>
          {input(leaf.values?.[0], t('segments.fromOf', { name: label }), (a) => setNumbers(is, a, number(leaf.values?.[1])))}
          <span className="fp-muted">{t('common.to')}</span>
          {input(leaf.values?.[1], t('segments.toOf', { name: label }), (b) => setNumbers(is, number(leaf.values?.[0]), b))}
        </>
      ) : (
        input(n, t('segments.timesOf', { name: label }), (a) => setNumbers(is, a))
      )}
      {counts && <span className="fp-muted">{t('segments.times', { count: number(n) ?? 2 })}</span>}
    </span>
  );
}

/** Conditions on each event by itself; all must hold. */
function Where({ leaf, label, vocabulary: v, onChange }: Pick<Props, 'label' | 'vocabulary' | 'onChange'> & { leaf: Leaf }) {
  const { t } = useTranslation();
  const names = useNames(v);
  const kind = v.events.find((e) => e.kind === leaf.event);
  const known = kind?.properties ?? [];
  const where = leaf.where ?? [];
  if (known.length === 0 && !kind?.open && where.length === 0) return null;
  const set = (next: Condition[], mark?: string) => {
    const { where: _old, ...rest } = leaf;
    onChange(next.length > 0 ? { ...rest, where: next } : rest, mark);
  };
  const replace = (i: number, c: Condition, mark?: string) => set(where.map((old, j) => (i === j ? c : old)), mark && `${mark}${i}`);
  const start = (property: string): Condition => {
    const type = propertyType(leaf.event, { property }, v);
    return { property, is: type === 'list' ? 'has any' : type === 'money' || type === 'number' || type === 'count' ? '>=' : type === 'text' ? 'in' : '=' };
  };
  return (
    <div className={`fp-seg-where${where.length === 0 ? ' none' : ''}`}>
      {where.map((c, i) => {
        const name = names.property(c.property);
        const type = propertyType(leaf.event, c, v);
        return (
          <div key={i} className="fp-seg-where-row">
            <span className="fp-muted">{t(i === 0 ? 'segments.where' : 'segments.whereAnd')}</span>
            {kind?.open ? (
              <AutoComplete
                className="fp-seg-property"
                variant="filled"
                value={c.property}
                options={known.map((p) => ({ value: p.name, label: names.property(p.name) }))}
                placeholder={t('segments.propertyHint')}
                aria-label={t('segments.propertyOf', { name: label })}
                onChange={(property) => replace(i, { ...c, property }, 'property')}
              />
            ) : (
              <Select
                className="fp-seg-op"
                variant="filled"
                popupMatchSelectWidth={false}
                value={c.property}
                options={known.map((p) => ({ value: p.name, label: names.property(p.name) }))}
                aria-label={t('segments.propertyOf', { name: label })}
                onChange={(property) => replace(i, start(property))}
              />
            )}
            <ComparisonEditor of={c} info={{ type, values: [], free: true }} subject="" label={name} vocabulary={v} onChange={(next, mark) => replace(i, next, mark)} />
            <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('segments.removeWhere', { name })} onClick={() => set(where.filter((_, j) => j !== i))} />
          </div>
        );
      })}
      <Button type="link" size="small" className="fp-seg-add-where" icon={<PlusOutlined />} onClick={() => set([...where, start(known.find((p) => !where.some((c) => c.property === p.name))?.name ?? known[0]?.name ?? '')])}>
        {t('segments.addWhere')}
      </Button>
    </div>
  );
}
