import { Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/Field';
import { useNotifyProblem } from '../../ui/ProblemView';

interface Props {
  title: string;
  ok: string;
  name: string;
  danger?: boolean;
  disabled?: boolean;
  width?: number;
  children: React.ReactNode;
  onOk: () => Promise<unknown>;
  onClose: () => void;
}

/** Something that reaches people or cannot be undone: one types the name. */
export function TypedModal({ title, ok, name, danger, disabled, width, children, onOk, onClose }: Props) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const fits = typed.trim() === name.trim() && !disabled;
  const go = () => {
    setBusy(true);
    void onOk()
      .catch(notify)
      .finally(() => setBusy(false));
  };
  return (
    <Modal open title={title} width={width} okText={ok} okButtonProps={{ danger, disabled: !fits, loading: busy }} onCancel={onClose} onOk={go}>
      <div className="fp-stack">
        {children}
        <Field label={t('journeys.typeName', { name })}>{(id) => <Input id={id} value={typed} onChange={(e) => setTyped(e.target.value)} onPressEnter={() => fits && !busy && go()} />}</Field>
      </div>
    </Modal>
  );
}
