import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { codes } from '../../api/acquisition';

/** A live code as a field of a form. */
export function CodeField({ value, onChange, id, placeholder }: { value?: string; onChange?: (id: string) => void; id?: string; placeholder?: string }) {
  const { t } = useTranslation();
  const offered = useQuery({ queryKey: ['codes', 'offered'], queryFn: codes.offered, staleTime: 60_000 });
  return (
    <Select<string>
      id={id}
      className="fp-full"
      allowClear
      value={value || undefined}
      loading={offered.isPending}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={placeholder ?? t('catch.noCode')}
      options={(offered.data ?? []).map((c) => ({ value: c.id, label: c.name }))}
      onChange={(v?: string) => onChange?.(v ?? '')}
    />
  );
}
