import { useQuery } from '@tanstack/react-query';
import { Card, DatePicker, Input, InputNumber, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { persons, traits as traitsApi } from '../../api/endpoints';
import type { Person, Trait } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { EditableRow } from './EditableRow';
import { usePersonChange } from './usePersonChange';

/** null while editing means: take the value away. */
type Draft = string | number | boolean | string[] | null;

function Editor({ trait, value, set, finish }: { trait: Trait; value: Draft; set: (v: Draft) => void; finish: () => void }) {
  const { t } = useTranslation();
  const common = { size: 'small' as const, 'aria-label': trait.label, autoFocus: true, style: { flex: 1, minWidth: 0 } };
  switch (trait.type) {
    case 'number':
      return <InputNumber {...common} value={typeof value === 'number' ? value : null} onChange={(n) => set(n)} onPressEnter={finish} />;
    case 'date':
      return <DatePicker {...common} value={typeof value === 'string' && value ? dayjs(value) : null} onChange={(d) => set(d ? d.format('YYYY-MM-DD') : null)} />;
    case 'boolean':
      return (
        <Select
          {...common}
          allowClear
          value={value === null ? undefined : value === true}
          onChange={(v?: boolean) => set(v ?? null)}
          options={[
            { value: true, label: t('common.yes') },
            { value: false, label: t('common.no') },
          ]}
        />
      );
    case 'list':
      return (
        <Select
          {...common}
          mode="multiple"
          value={Array.isArray(value) ? value : []}
          onChange={(v: string[]) => set(v.length ? v : null)}
          options={(trait.options ?? []).map((o) => ({ value: o, label: o }))}
        />
      );
    default:
      if (trait.options?.length)
        return <Select {...common} allowClear value={typeof value === 'string' ? value : undefined} onChange={(v?: string) => set(v ?? null)} options={trait.options.map((o) => ({ value: o, label: o }))} />;
      return <Input {...common} value={typeof value === 'string' ? value : ''} maxLength={2000} onChange={(e) => set(e.target.value || null)} onPressEnter={finish} />;
  }
}

/** Attributes that this org has declared, each edited by its type. */
export function TraitsCard({ person: p, write }: { person: Person; write: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const declared = useQuery({ queryKey: ['traits'], queryFn: traitsApi.list });
  const change = usePersonChange(p.id, (body: Record<string, unknown>) => persons.setTraits(p.id, body));
  const show = (value: unknown): string => {
    if (value === undefined || value === null) return '';
    if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no');
    if (typeof value === 'number') return f.number(value);
    return Array.isArray(value) ? value.join(t('common.listSeparator')) : String(value);
  };
  const items = declared.data?.items ?? [];
  if (declared.isSuccess && items.length === 0) return null;
  return (
    <Card title={t('customer.traits')} loading={declared.isPending}>
      <dl className="fp-rows">
        {items.map((trait) => (
          <EditableRow<Draft>
            key={trait.key}
            label={trait.label || trait.key}
            value={(p.traits?.[trait.key] as Draft | undefined) ?? null}
            shown={show(p.traits?.[trait.key])}
            write={write}
            save={(value) => change.mutateAsync({ [trait.key]: value })}
            editor={(value, set, finish) => <Editor trait={trait} value={value} set={set} finish={finish} />}
          />
        ))}
      </dl>
    </Card>
  );
}
