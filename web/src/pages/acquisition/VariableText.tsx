import { Input, type InputRef } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  id?: string;
  value: string;
  onChange: (text: string) => void;
  /** Names of the variables that the text may hold. */
  variables: readonly string[];
  label: string;
  maxLength: number;
  rows?: number;
  placeholder?: string;
  error?: boolean;
}

/** A text with variables: each is put where the cursor stands by a click on its chip. */
export function VariableText({ id, value, onChange, variables, label, maxLength, rows, placeholder, error }: Props) {
  const { t } = useTranslation();
  const area = useRef<TextAreaRef>(null);
  const line = useRef<InputRef>(null);
  const element = () => area.current?.resizableTextArea?.textArea ?? line.current?.input;
  const insert = (name: string) => {
    const field = element();
    const start = field?.selectionStart ?? value.length;
    const end = field?.selectionEnd ?? value.length;
    const text = `{{${name}}}`;
    onChange((value.slice(0, start) + text + value.slice(end)).slice(0, maxLength));
    requestAnimationFrame(() => {
      field?.focus();
      field?.setSelectionRange(start + text.length, start + text.length);
    });
  };
  const shared = { id, value, maxLength, placeholder, 'aria-label': label, status: error ? ('error' as const) : undefined };
  return (
    <div className="fp-variable-text">
      {rows ? (
        <Input.TextArea {...shared} ref={area} autoSize={{ minRows: rows, maxRows: 12 }} onChange={(e) => onChange(e.target.value)} />
      ) : (
        <Input {...shared} ref={line} onChange={(e) => onChange(e.target.value)} />
      )}
      <span className="fp-chips">
        <span className="fp-muted fp-small">{t('codeForm.insert')}</span>
        {variables.map((v) => (
          <button key={v} type="button" className="fp-chip" onClick={() => insert(v)}>
            + {t(`codeForm.variable.${v}`)}
          </button>
        ))}
      </span>
    </div>
  );
}
