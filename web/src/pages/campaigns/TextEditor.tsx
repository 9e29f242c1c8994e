import { FolderOpenOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../app/me';
import { Field } from '../../ui/Field';
import { MaterialPicker, type Picked } from '../content/MaterialPicker';
import type { Version } from './draft';

interface Props {
  version: Version;
  /** It goes by mail too: it has a subject and may be a page. */
  mail: boolean;
  variables: readonly { name: string; text: string }[];
  errorAt: (part: string) => string | undefined;
  disabled: boolean;
  named: boolean;
  onChange: (patch: Partial<Version>) => void;
}

type Part = 'subject' | 'text' | 'html';

/** What is put into a text for something of the library: the words that it is, or its link. */
function wordsOf(p: Picked): string {
  if (p.link) return `${p.title}\n${p.link.url}`;
  return p.parts
    .map((x) => x.text || x.url || '')
    .filter(Boolean)
    .join('\n');
}

/** Subject, text and page of one version. Variables and things of the library are put where the cursor is. */
export function TextEditor({ version: v, mail, variables, errorAt, disabled, named, onChange }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const [picking, setPicking] = useState(false);
  const [page, setPage] = useState(v.html !== '');
  const last = useRef<{ part: Part; at: number }>({ part: 'text', at: v.text.length });
  const note = (part: Part) => (e: React.SyntheticEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    last.current = { part, at: e.currentTarget.selectionStart ?? v[part].length };
  };
  const insert = (what: string) => {
    const { part, at } = last.current;
    const was = v[part];
    const place = Math.min(at, was.length);
    onChange({ [part]: was.slice(0, place) + what + was.slice(place) });
    last.current = { part, at: place + what.length };
  };
  const watch = (part: Part) => ({ onSelect: note(part), onFocus: note(part), onKeyUp: note(part) });
  return (
    <div className="fp-campaign-fields">
      {named && (
        <div className="fp-campaign-grid">
          <Field label={t('campaigns.fields.versionName')} error={errorAt('name')}>
            {(id) => <Input id={id} maxLength={20} disabled={disabled} value={v.name} onChange={(e) => onChange({ name: e.target.value })} />}
          </Field>
          <Field label={t('campaigns.fields.share_bp')} error={errorAt('share_bp')}>
            {(id) => <InputNumber id={id} min={1} max={99} precision={0} suffix="%" disabled={disabled} value={v.share} onChange={(n) => n !== null && onChange({ share: n })} />}
          </Field>
        </div>
      )}
      {mail && (
        <Field label={t('campaigns.fields.subject')} error={errorAt('subject')}>
          {(id) => <Input id={id} maxLength={300} disabled={disabled} value={v.subject} status={errorAt('subject') ? 'error' : undefined} {...watch('subject')} onChange={(e) => onChange({ subject: e.target.value })} />}
        </Field>
      )}
      <Field label={t('campaigns.fields.text')} error={errorAt('text')}>
        {(id) => (
          <Input.TextArea id={id} autoSize={{ minRows: 6, maxRows: 18 }} maxLength={20_000} disabled={disabled} value={v.text} status={errorAt('text') ? 'error' : undefined} {...watch('text')} onChange={(e) => onChange({ text: e.target.value })} />
        )}
      </Field>
      {!disabled && (
        <div className="fp-campaign-insert">
          <span className="fp-muted fp-small">{t('campaigns.insert')}</span>
          {variables.map((x) => (
            <Button key={x.name} size="small" title={`{{ ${x.name} }}`} onClick={() => insert(`{{ ${x.name} }}`)}>
              {x.text.split(/[，,]/)[0]}
            </Button>
          ))}
          {may('content.use') && (
            <Button size="small" icon={<FolderOpenOutlined />} onClick={() => setPicking(true)}>
              {t('campaigns.material')}
            </Button>
          )}
        </div>
      )}
      <details className="fp-muted fp-small">
        <summary>{t('campaigns.writing')}</summary>
        <p>{t('campaigns.writingText', { fallback: '{{ name | default "…" }}', condition: '{{ if gt orders 2 }}…{{ else }}…{{ end }}', date: '{{ last_order | date "M月D日" }}', money: '{{ spent | money }}' })}</p>
      </details>
      {mail &&
        (page ? (
          <Field label={t('campaigns.fields.html')} help={t('campaigns.htmlHelp')} error={errorAt('html')}>
            {(id) => (
              <Input.TextArea id={id} autoSize={{ minRows: 5, maxRows: 18 }} maxLength={500_000} disabled={disabled} className="fp-mono" value={v.html} status={errorAt('html') ? 'error' : undefined} {...watch('html')} onChange={(e) => onChange({ html: e.target.value })} />
            )}
          </Field>
        ) : (
          !disabled && (
            <Button type="link" className="fp-campaign-more" onClick={() => setPage(true)}>
              {t('campaigns.addHtml')}
            </Button>
          )
        ))}
      {picking && <MaterialPicker open onClose={() => setPicking(false)} onPick={(p) => insert(wordsOf(p))} />}
    </div>
  );
}
