import { useMutation } from '@tanstack/react-query';
import { Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codes as api, type Code } from '../../api/acquisition';
import { ProblemView } from '../../ui/ProblemView';
import { Field } from '../../ui/Field';

/** Ends a code for good: what is on paper stops working, so its name is typed. */
export function EndDialog({ code: c, onClose, onEnded }: { code: Code; onClose: () => void; onEnded: (c: Code) => Promise<void> }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const end = useMutation({
    mutationFn: () => api.update(c.id, { status: 'ended' }),
    onSuccess: async (out) => {
      onClose();
      await onEnded(out);
    },
  });
  return (
    <Modal
      open
      title={t('codes.endTitle', { name: c.name })}
      onCancel={onClose}
      okText={t('codes.endNow')}
      okButtonProps={{ danger: true, disabled: typed.trim() !== c.name, loading: end.isPending }}
      onOk={() => end.mutate()}
    >
      {end.isError && <ProblemView error={end.error} />}
      <ul>
        <li>{t(c.mode === 'way' ? 'codes.endWay' : 'codes.endPage')}</li>
        <li>{t('codes.endPrinted')}</li>
        <li>{t('codes.endKept')}</li>
      </ul>
      <p>{t('codes.endInstead')}</p>
      <Field label={t('codes.endType', { name: c.name })}>{(id) => <Input id={id} autoFocus value={typed} maxLength={60} onChange={(e) => setTyped(e.target.value)} onPressEnter={() => typed.trim() === c.name && end.mutate()} />}</Field>
    </Modal>
  );
}
