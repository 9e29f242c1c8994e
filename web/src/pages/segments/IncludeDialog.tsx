import { Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PeoplePicker, type PickedPerson } from '../../ui/PersonPicker';

/** Finds customers and puts them into a segment whatever its rule says. */
export function IncludeDialog({ pending, onClose, onDone }: { pending: boolean; onClose: () => void; onDone: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<PickedPerson[]>([]);
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
      <PeoplePicker autoFocus value={chosen} onChange={setChosen} />
    </Modal>
  );
}
