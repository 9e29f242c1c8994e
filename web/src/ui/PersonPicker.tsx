import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../api/endpoints';
import { useSettled } from './useSettled';

/** Somebody who was picked, and what they are called. */
export interface PickedPerson {
  value: string;
  label: React.ReactNode;
}

interface Common {
  label?: string;
  placeholder?: string;
  autoFocus?: boolean;
  id?: string;
}

/** Customers as an answer to what was typed: the beginning of a name, or a whole number, address or membership. */
function useFound() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const q = useSettled(text.trim(), 200);
  const found = useQuery({ queryKey: ['search', q], queryFn: () => persons.list({ q, limit: 12 }), enabled: q !== '', placeholderData: keepPreviousData });
  return {
    clear: () => setText(''),
    select: {
      labelInValue: true as const,
      showSearch: { filterOption: false as const, searchValue: text, onSearch: setText },
      options: (q ? (found.data?.items ?? []) : []).map((p) => ({ value: p.id, label: p.name || p.identities[0]?.value || t('customer.nameless'), note: p.identities[0]?.value ?? p.region })),
      optionRender: (o: { data: object; label?: React.ReactNode }) => (
        <span className="fp-picked-line">
          <span>{o.label}</span>
          <span className="fp-muted">{'note' in o.data ? String(o.data.note ?? '') : ''}</span>
        </span>
      ),
      notFoundContent: q && !found.isFetching ? t('customers.noneTitle') : null,
    },
    placeholder: t('search.placeholder'),
  };
}

/** Finds one customer. */
export function PersonPicker({ value, onChange, label, placeholder, ...rest }: Common & { value: PickedPerson | undefined; onChange: (p: PickedPerson | undefined) => void }) {
  const found = useFound();
  return (
    <Select<PickedPerson>
      {...rest}
      {...found.select}
      allowClear
      className="fp-grow"
      value={value}
      onChange={(next) => {
        onChange(next ? { value: next.value, label: next.label } : undefined);
        found.clear();
      }}
      placeholder={placeholder ?? found.placeholder}
      aria-label={label ?? placeholder ?? found.placeholder}
    />
  );
}

/** Finds any number of customers. */
export function PeoplePicker({ value, onChange, label, placeholder, most, ...rest }: Common & { value: PickedPerson[]; onChange: (p: PickedPerson[]) => void; most?: number }) {
  const found = useFound();
  return (
    <Select<PickedPerson[]>
      {...rest}
      {...found.select}
      mode="multiple"
      className="fp-grow"
      style={{ width: '100%' }}
      maxCount={most}
      value={value}
      onChange={(next) => {
        onChange(next.map((p) => ({ value: p.value, label: p.label })));
        found.clear();
      }}
      placeholder={placeholder ?? found.placeholder}
      aria-label={label ?? placeholder ?? found.placeholder}
    />
  );
}
