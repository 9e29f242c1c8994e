import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/Field';
import type { UTM } from './draft';

interface Props {
  utm: UTM;
  disabled: boolean;
  errorAt: (at: string) => string | undefined;
  onChange: (utm: UTM) => void;
}

const parts = ['source', 'medium', 'campaign'] as const;

/** What web analytics is told of where visitors came from. Out of the way until somebody wants it. */
export function UtmFields({ utm, disabled, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(parts.some((p) => utm[p] !== ''));
  const wrong = parts.some((p) => errorAt(`utm.${p}`));
  if (!open && !wrong)
    return disabled ? null : (
      <Button type="link" className="fp-campaign-more" onClick={() => setOpen(true)}>
        {t('campaigns.utm.open')}
      </Button>
    );
  return (
    <section className="fp-campaign-box" aria-label={t('campaigns.fields.utm')}>
      <b>{t('campaigns.fields.utm')}</b>
      <div className="fp-muted fp-small">{t('campaigns.utm.help')}</div>
      <div className="fp-campaign-grid">
        {parts.map((part) => (
          <Field key={part} label={t(`campaigns.utm.${part}`)} error={errorAt(`utm.${part}`)}>
            {(id) => <Input id={id} maxLength={100} disabled={disabled} value={utm[part]} placeholder={`utm_${part}`} onChange={(e) => onChange({ ...utm, [part]: e.target.value })} />}
          </Field>
        ))}
      </div>
    </section>
  );
}
