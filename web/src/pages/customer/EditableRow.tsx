import { EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props<V> {
  label: string;
  value: V;
  shown: ReactNode;
  write: boolean;
  save: (value: V) => Promise<unknown>;
  editor: (value: V, onChange: (value: V) => void, finish: () => void) => ReactNode;
}

/** A line of a profile that turns into a field where it stands. */
export function EditableRow<V>({ label, value, shown, write, save, editor }: Props<V>) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<V>();
  const [busy, setBusy] = useState(false);
  const editing = draft !== undefined;

  const finish = async () => {
    if (draft === undefined) return;
    setBusy(true);
    try {
      await save(draft);
      setDraft(undefined);
    } catch {
      // The reason is shown by whoever saves; what was typed stays.
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="fp-row">
      <dt>{label}</dt>
      <dd>
        {editing ? (
          <div
            className="fp-row-edit"
            onKeyDown={(e) => {
              if (e.key === 'Escape') setDraft(undefined);
            }}
          >
            {editor(draft, setDraft, () => void finish())}
            <Button size="small" type="primary" loading={busy} onClick={() => void finish()}>
              {t('common.save')}
            </Button>
            <Button size="small" type="text" onClick={() => setDraft(undefined)}>
              {t('common.cancel')}
            </Button>
          </div>
        ) : (
          <>
            <span className="fp-break">{shown || <span className="fp-muted">{t('common.none')}</span>}</span>
            {write && (
              <Button
                className="fp-row-button"
                size="small"
                type="text"
                icon={<EditOutlined />}
                aria-label={t('customer.edit', { field: label })}
                onClick={() => setDraft(value)}
              />
            )}
          </>
        )}
      </dd>
    </div>
  );
}
