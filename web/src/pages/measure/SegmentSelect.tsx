import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';

/** One segment, found by a part of its name. */
export function SegmentSelect({ value, onChange }: { value?: string; onChange: (id: string) => void }) {
  const { t } = useTranslation();
  const [q, setQ] = useState('');
  const list = useQuery({ queryKey: ['segments', 'for-shared', q], queryFn: () => segments.list({ q: q || undefined, limit: 100 }), placeholderData: (before) => before });
  return (
    <Select
      className="fp-measure-segment"
      aria-label={t('shared.segment')}
      placeholder={t('shared.chooseSegment')}
      showSearch={{ filterOption: false, onSearch: setQ }}
      loading={list.isPending}
      value={value}
      onChange={onChange}
      options={(list.data?.items ?? []).map((s) => ({ value: s.id, label: s.name }))}
    />
  );
}
