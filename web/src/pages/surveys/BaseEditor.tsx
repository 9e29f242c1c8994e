import { Card, Checkbox, ColorPicker, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Spec } from '../../api/surveys';
import { Field } from '../../ui/Field';

const houseColor = '#0d6b68';

interface Props {
  spec: Spec;
  errorAt: (path: string) => string | undefined;
  onChange: (patch: Partial<Spec>) => void;
}

/** What stands before the first question, and who may answer. */
export function BaseEditor({ spec, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const open = errorAt('open');
  return (
    <Card className="fp-section" title={<h2>{t('surveys.base')}</h2>}>
      <div className="fp-stack">
        <Field label={t('surveys.publicTitle')} help={t('surveys.publicTitleHelp')} error={errorAt('title')}>
          {(id) => <Input id={id} value={spec.title} maxLength={80} status={errorAt('title') ? 'error' : undefined} onChange={(e) => onChange({ title: e.target.value })} />}
        </Field>
        <Field label={t('surveys.intro')} help={t('surveys.introHelp')} error={errorAt('intro')}>
          {(id) => <Input.TextArea id={id} value={spec.intro} autoSize={{ minRows: 3, maxRows: 10 }} maxLength={2000} status={errorAt('intro') ? 'error' : undefined} onChange={(e) => onChange({ intro: e.target.value })} />}
        </Field>
        <div role="group" aria-label={t('surveys.open')} className="fp-field">
          <span className="fp-label">{t('surveys.open')}</span>
          <Radio.Group value={spec.open} onChange={(e) => onChange({ open: e.target.value as Spec['open'] })} className="fp-survey-radios">
            {(['nameless', 'phone', 'off'] as const).map((x) => (
              <Radio key={x} value={x}>
                {t(`surveys.opens.${x}`)}
              </Radio>
            ))}
          </Radio.Group>
          {open && (
            <div className="fp-no fp-small" role="alert">
              {open}
            </div>
          )}
          <div className="fp-muted fp-small">{t(`surveys.openHelp.${spec.open}`)}</div>
        </div>
        <Checkbox checked={spec.repeat} onChange={(e) => onChange({ repeat: e.target.checked })}>
          {t('surveys.repeat')}
        </Checkbox>
        <div className="fp-field">
          <span className="fp-label">{t('surveys.color')}</span>
          <ColorPicker value={spec.color || houseColor} disabledAlpha showText format="hex" onChangeComplete={(c) => onChange({ color: c.toHexString().slice(0, 7).toLowerCase() })} />
        </div>
      </div>
    </Card>
  );
}
