import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import { useSettled } from './useSettled';

/** Finds customers and puts them into a segment whatever its rule says. */
export function IncludeDialog({ pending, onClose, onDone }: { pending: boolean; onClose: () => void; onDone: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<{ value: string; label: React.ReactNode }[]>([]);
  const [text, setText] = useState('');
  const q = useSettled(text.trim(), 200);
  const found = useQuery({ queryKey: ['search', q], queryFn: () => persons.list({ q, limit: 12 }), enabled: q !== '', placeholderData: keepPreviousData });
  return (
    <Modal
      open
      title={t('segments.includeTitle')}
      okText={t('segments.include')}
      okButtonProps={{ disabled: chosen.length === 0, loading: pending }}
      onCancel={onClose}
      onOk={() => onDone(chosen.map((c) => c.value))}
    >
      <p className="fp-muted">{t('segments.includeText')}</p>
      <Select
        mode="multiple"
        labelInValue
        autoFocus
        style={{ width: '100%' }}
        value={chosen}
        onChange={(next) => {
          setChosen(next);
          setText('');
        }}
        showSearch={{ filterOption: false, searchValue: text, onSearch: setText }}
        options={(q ? (found.data?.items ?? []) : []).map((p) => ({ value: p.id, label: p.name || t('customer.nameless'), note: p.identities[0]?.value ?? p.region }))}
        optionRender={(o) => (
          <span className="fp-seg-option">
            <span>{o.data.label}</span>
            <span className="fp-muted">{o.data.note}</span>
          </span>
        )}
        notFoundContent={q && !found.isFetching ? t('customers.noneTitle') : null}
        placeholder={t('search.placeholder')}
        aria-label={t('search.placeholder')}
      />
    </Modal>
  );
}
