import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/Field';
import type { SMS } from './draft';

interface Props {
  sms: SMS;
  disabled: boolean;
  errorAt: (at: string) => string | undefined;
  onChange: (sms: SMS) => void;
}

const most = 20;

/** What goes over SMS, where only approved templates may: which one, and what is put into it for each person. */
export function SmsFields({ sms, disabled, errorAt, onChange }: Props) {
  const { t } = useTranslation();
  const put = (parameters: string[]) => onChange({ ...sms, parameters });
  return (
    <section className="fp-campaign-box" aria-label={t('campaigns.fields.sms')}>
      <b>{t('campaigns.fields.sms')}</b>
      <div className="fp-muted fp-small">{t('campaigns.sms.help')}</div>
      <div className="fp-campaign-grid">
        <Field label={t('campaigns.sms.template')} error={errorAt('sms.template_id')}>
          {(id) => <Input id={id} inputMode="numeric" maxLength={20} disabled={disabled} value={sms.template_id} status={errorAt('sms.template_id') ? 'error' : undefined} onChange={(e) => onChange({ ...sms, template_id: e.target.value.replace(/\D/g, '') })} />}
        </Field>
        {sms.parameters.map((p, i) => (
          <Field key={i} label={t('campaigns.sms.parameter', { n: i + 1 })} error={errorAt(`sms.parameters.${i}`)}>
            {(id) => (
              <Input
                id={id}
                maxLength={500}
                disabled={disabled}
                value={p}
                placeholder="{{ name }}"
                onChange={(e) => put(sms.parameters.map((x, n) => (n === i ? e.target.value : x)))}
                suffix={!disabled && <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('campaigns.sms.remove', { n: i + 1 })} onClick={() => put(sms.parameters.filter((_, n) => n !== i))} />}
              />
            )}
          </Field>
        ))}
      </div>
      {!disabled && sms.parameters.length < most && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => put([...sms.parameters, ''])}>
          {t('campaigns.sms.add')}
        </Button>
      )}
    </section>
  );
}
