import { InputNumber, Select, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/Field';
import { emptyWinner, type Winner } from './draft';

interface Props {
  winner: Winner | null;
  disabled: boolean;
  error?: string;
  onChange: (w: Winner | null) => void;
}

/** How the best version is found, and what those then get who were not in the test. */
export function WinnerFields({ winner: w, disabled, error, onChange }: Props) {
  const { t } = useTranslation();
  const set = (patch: Partial<Winner>) => w && onChange({ ...w, ...patch });
  return (
    <section className="fp-campaign-box" aria-label={t('campaigns.winner.title')}>
      <label className="fp-campaign-line">
        <Switch disabled={disabled} checked={w !== null} aria-label={t('campaigns.winner.title')} onChange={(on) => onChange(on ? emptyWinner : null)} />
        <span>{t('campaigns.winner.title')}</span>
      </label>
      <div className="fp-muted fp-small">{w ? t('campaigns.winner.on') : t('campaigns.winner.off')}</div>
      {error && (
        <div className="fp-no fp-small" role="alert">
          {error}
        </div>
      )}
      {w && (
        <div className="fp-campaign-grid">
          <Field label={t('campaigns.winner.share')}>
            {(id) => <InputNumber id={id} min={10} max={90} precision={0} suffix="%" disabled={disabled} value={w.share_bp / 100} onChange={(v) => v !== null && set({ share_bp: v * 100 })} />}
          </Field>
          <Field label={t('campaigns.winner.after')}>
            {(id) => <InputNumber id={id} min={1} max={168} precision={0} suffix={t('campaigns.winner.hours')} disabled={disabled} value={w.after_hours} onChange={(v) => v !== null && set({ after_hours: v })} />}
          </Field>
          <Field label={t('campaigns.winner.metric')}>
            {(id) => <Select id={id} className="fp-full" disabled={disabled} aria-label={t('campaigns.winner.metric')} value={w.metric} onChange={(metric) => set({ metric })} options={(['clicks', 'visits', 'orders', 'money'] as const).map((m) => ({ value: m, label: t(`campaigns.winner.metrics.${m}`) }))} />}
          </Field>
          <Field label={t('campaigns.winner.otherwise')}>
            {(id) => <Select id={id} className="fp-full" disabled={disabled} aria-label={t('campaigns.winner.otherwise')} value={w.otherwise} onChange={(otherwise) => set({ otherwise })} options={(['leader', 'first', 'even'] as const).map((o) => ({ value: o, label: t(`campaigns.winner.otherwises.${o}`) }))} />}
          </Field>
        </div>
      )}
    </section>
  );
}
