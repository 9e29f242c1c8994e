import { Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { SegmentVocabulary } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { comparisons, fieldInfo, purposesOf, subjectOf, tagRef } from '../../lib/segmentFields';
import type { Leaf, Row, TagRef } from '../../lib/segmentTree';
import { convert, formsFor, type Form } from '../../lib/segmentWindow';
import { EventEditor } from './EventEditor';
import { ComparisonEditor } from './ValueEditor';
import { WindowEditor } from './WindowEditor';

export interface LeafProps {
  row: Row;
  label: string;
  vocabulary: SegmentVocabulary;
  onChange: (leaf: Leaf, mark?: string) => void;
  onNot: (not: boolean) => void;
  onHow: (leaf: Leaf, not: boolean) => void;
}

/** Conditions whose own words say not: has or has not, is in or is not in. */
const worded = new Set(['tag', 'segment', 'list', 'identity', 'reachable', 'did', 'first', 'last']);
export const saysNot = (leaf: Leaf) => worded.has(leaf.op);

/** What stands behind the subject of a condition. */
export function LeafEditor(props: LeafProps) {
  const { leaf } = props.row;
  switch (leaf.op) {
    case 'compare':
    case 'during':
      return <FieldEditor {...props} />;
    case 'anniversary':
      return <WindowEditor window={leaf.window} about="yearly" label={props.label} onChange={(window, mark) => props.onChange({ ...leaf, window }, mark)} />;
    case 'did':
    case 'first':
    case 'last':
      return <EventEditor {...props} />;
    case 'tag':
      return <TagEditor {...props} />;
    case 'segment':
    case 'list':
      return <RefEditor {...props} />;
    case 'identity':
    case 'reachable':
    case 'consent':
      return <WordEditor {...props} />;
    case 'random':
      return <RandomEditor {...props} />;
    default:
      return null;
  }
}

function FieldEditor({ row, label, vocabulary: v, onChange }: LeafProps) {
  const { t } = useTranslation();
  const { leaf } = row;
  const subject = subjectOf(leaf);
  const info = fieldInfo(subject, v);
  if (!info) return null;
  if (info.type !== 'date' && info.type !== 'instant') {
    return <ComparisonEditor of={leaf} info={info} subject={subject} label={label} vocabulary={v} onChange={onChange} />;
  }
  const target = leaf.field ? { field: leaf.field } : { trait: leaf.trait };
  const plain = leaf.op === 'compare' && leaf.is !== 'set' && leaf.is !== 'unset';
  // Dates have windows, which say all that comparisons say; a comparison that is there already stays one.
  if (plain) return <ComparisonEditor of={leaf} info={info} subject={subject} label={label} vocabulary={v} onChange={onChange} />;
  const more = comparisons(info.type)
    .filter((is) => is === 'set' || is === 'unset')
    .map((is) => ({ value: is, label: t(`segments.is.${is}`) }));
  return (
    <WindowEditor
      window={leaf.window}
      about="date"
      label={label}
      more={more}
      chosen={leaf.op === 'compare' ? leaf.is : undefined}
      onMore={(is) => onChange({ op: 'compare', ...target, is })}
      onChange={(window, mark) => onChange({ op: 'during', ...target, window: window ?? convert(undefined, formsFor('date')[0] as Form, '') }, mark)}
    />
  );
}

/** Has and has not, in the words of the condition. */
function Polarity({ row, label, onNot }: LeafProps) {
  const { t } = useTranslation();
  return (
    <Select
      className="fp-seg-op"
      variant="filled"
      popupMatchSelectWidth={false}
      value={row.not}
      options={[
        { value: false, label: t(`segments.polarity.${row.leaf.op}`) },
        { value: true, label: t(`segments.polarity.${row.leaf.op}Not`) },
      ]}
      aria-label={t('segments.comparisonOf', { name: label })}
      onChange={onNot}
    />
  );
}

const tagKey = (r: TagRef) => r.id ?? (r.name ? `name:${r.group ?? ''}/${r.name}` : `group:${r.group}`);

function TagEditor(props: LeafProps) {
  const { row, label, vocabulary: v, onChange } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const chosen = row.leaf.any ?? [];
  const groups = [...new Set(v.tags.map((x) => x.group))].sort();
  const options = groups.map((g) => ({
    label: g || t('segments.ungrouped'),
    title: g,
    options: [
      ...(g ? [{ value: `group:${g}`, label: t('segments.wholeGroup', { name: g }) }] : []),
      ...v.tags.filter((x) => x.group === g).map((x) => ({ value: x.id, label: x.name })),
    ],
  }));
  const notes = new Map(v.tags.map((x) => [x.id, f.number(x.count)]));
  const nameOf = (r: TagRef) => (r.name ? r.name : r.id ? (v.tags.find((x) => x.id === r.id)?.name ?? r.id) : t('segments.wholeGroup', { name: r.group }));
  return (
    <>
      <Polarity {...props} />
      <Select
        mode="multiple"
        labelInValue
        className="fp-seg-values"
        variant="filled"
        value={chosen.map((r) => ({ value: tagKey(r), label: nameOf(r) }))}
        options={options}
        showSearch={{ optionFilterProp: 'label' }}
        popupMatchSelectWidth={240}
        placeholder={t('segments.pickTags')}
        aria-label={t('segments.valueOf', { name: label })}
        optionRender={(o) => (
          <span className="fp-seg-option">
            <span>{o.data.label}</span>
            {notes.get(String(o.value)) && <span className="fp-muted fp-num">{notes.get(String(o.value))}</span>}
          </span>
        )}
        onChange={(keys) =>
          onChange({
            ...row.leaf,
            any: keys.map(({ value }): TagRef => {
              const old = chosen.find((r) => tagKey(r) === value);
              const tag = v.tags.find((x) => x.id === value);
              return old ?? (tag ? tagRef(tag) : { group: value.replace(/^group:/, '') });
            }),
          })
        }
      />
      {chosen.length > 1 && <span className="fp-muted fp-small">{t('segments.anyOfTags')}</span>}
    </>
  );
}

function RefEditor(props: LeafProps) {
  const { row, label, vocabulary: v, onChange } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const which = row.leaf.op === 'segment' ? 'segment' : 'list';
  const all = which === 'segment' ? v.segments : v.lists;
  const ref = row.leaf[which];
  return (
    <>
      <Polarity {...props} />
      <Select
        labelInValue
        className="fp-seg-values"
        variant="filled"
        value={ref?.id || ref?.name ? { value: ref.id ?? `name:${ref.name}`, label: all.find((x) => x.id === ref.id)?.name ?? ref.name ?? ref.id } : undefined}
        options={all.map((x) => ({ value: x.id, label: x.name, note: x.size === null ? '' : f.number(x.size) }))}
        showSearch={{ optionFilterProp: 'label' }}
        placeholder={t(`segments.pick_${which}`)}
        aria-label={t('segments.valueOf', { name: label })}
        optionRender={(o) => (
          <span className="fp-seg-option">
            <span>{o.data.label}</span>
            <span className="fp-muted fp-num">{o.data.note}</span>
          </span>
        )}
        onChange={({ value }) => onChange({ op: which, [which]: { id: value, name: all.find((x) => x.id === value)?.name } })}
      />
    </>
  );
}

/** Identities, carriers and consent: one word from a short list. */
function WordEditor(props: LeafProps) {
  const { row, label, vocabulary: v, onChange } = props;
  const { t } = useTranslation();
  const { leaf } = row;
  const select = (value: string, options: { value: string; label: string }[], name: string, set: (x: string) => void) => (
    <Select
      className="fp-seg-op"
      variant="filled"
      popupMatchSelectWidth={false}
      value={value}
      options={options.some((o) => o.value === value) ? options : [...options, { value, label: value }]}
      aria-label={name}
      onChange={set}
    />
  );
  const name = t('segments.valueOf', { name: label });
  switch (leaf.op) {
    case 'identity':
      return (
        <>
          <Polarity {...props} />
          {select(leaf.kind ?? '', v.identities.map((k) => ({ value: k, label: t(`identity.${k}`, { defaultValue: k }) })), name, (kind) => onChange({ ...leaf, kind }))}
        </>
      );
    case 'reachable':
      return (
        <>
          <Polarity {...props} />
          {select(
            leaf.carrier ?? '',
            [{ value: '', label: t('segments.anyCarrier') }, ...v.carriers.map((k) => ({ value: k, label: t(`carrier.${k}`, { defaultValue: k }) }))],
            name,
            (carrier) => onChange(carrier ? { ...leaf, carrier } : { op: 'reachable' }),
          )}
        </>
      );
    default:
      return (
        <>
          {select(leaf.purpose ?? '', purposesOf(v).map((k) => ({ value: k, label: t(`consent.purpose.${k}`, { defaultValue: k }) })), name, (purpose) => onChange({ ...leaf, purpose }))}
          {select(
            leaf.state ?? 'granted',
            ['granted', 'withdrawn', 'none'].map((s) => ({ value: s, label: t(`segments.consent.${s}`) })),
            t('segments.comparisonOf', { name: label }),
            (state) => onChange({ ...leaf, state }),
          )}
        </>
      );
  }
}

function RandomEditor({ row, label, onChange }: LeafProps) {
  const { t } = useTranslation();
  const { leaf } = row;
  const share = (value: number | undefined, name: string, set: (basis: number) => void) => (
    <InputNumber<number>
      className="fp-seg-number"
      variant="filled"
      controls={false}
      min={0}
      max={100}
      precision={2}
      value={(value ?? 0) / 100}
      formatter={(x) => String(Number(x ?? 0))}
      suffix="%"
      aria-label={name}
      onChange={(x) => {
        if (x !== null) set(Math.round(x * 100));
      }}
    />
  );
  const from = (basis: number): Leaf => {
    const { from: _old, ...rest } = leaf;
    return basis > 0 ? { ...rest, from: basis } : rest;
  };
  return (
    <>
      <span className="fp-seg-between">
        {share(leaf.from, t('segments.fromOf', { name: label }), (basis) => onChange(from(basis), 'from'))}
        <span className="fp-muted">{t('common.to')}</span>
        {share(leaf.to, t('segments.toOf', { name: label }), (basis) => onChange({ ...leaf, to: basis }, 'to'))}
      </span>
      <Input
        className="fp-seg-salt"
        variant="filled"
        maxLength={100}
        value={leaf.salt ?? ''}
        placeholder={t('segments.salt')}
        aria-label={t('segments.saltOf', { name: label })}
        title={t('segments.saltWhy')}
        onChange={(e) => {
          const { salt: _old, ...rest } = leaf;
          onChange(e.target.value ? { ...rest, salt: e.target.value } : rest, 'salt');
        }}
      />
    </>
  );
}
