import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Campaign } from '../../api/campaigns';
import { segments } from '../../api/endpoints';
import { useFormat } from '../../app/useFormat';
import { Field } from '../../ui/Field';
import type { Draft } from './draft';

export interface StepProps {
  draft: Draft;
  set: (patch: Partial<Draft>) => void;
  errorAt: (at: string) => string | undefined;
  disabled: boolean;
}

/** To whom it goes, as what, and how many are left out to measure against. */
export function WhoStep({ draft: d, set, errorAt, disabled }: StepProps & { campaign: Campaign }) {
  const { t } = useTranslation();
  const f = useFormat();
  const list = useQuery({ queryKey: ['segments', 'for-campaigns'], queryFn: () => segments.list({ limit: 100 }) });
  const all = list.data?.items ?? [];
  const chosen = all.find((s) => s.id === d.segment_id);
  return (
    <div className="fp-campaign-fields">
      <Field label={t('campaigns.fields.name')} error={errorAt('name')}>
        {(id) => <Input id={id} maxLength={100} disabled={disabled} value={d.name} status={errorAt('name') ? 'error' : undefined} onChange={(e) => set({ name: e.target.value })} />}
      </Field>
      <Field
        label={t('campaigns.fields.segment_id')}
        error={errorAt('segment_id')}
        help={
          chosen ? (
            <>
              {t('campaigns.segmentSize', { people: chosen.size_known ? f.number(chosen.size) : '…' })}{' '}
              <Link to="/segments/$segmentId" params={{ segmentId: chosen.id }} search={{}} target="_blank">
                {t('campaigns.openSegment')}
              </Link>
            </>
          ) : list.isSuccess && all.length === 0 ? (
            <Link to="/segments/new" search={{}}>
              {t('campaigns.newSegment')}
            </Link>
          ) : undefined
        }
      >
        {(id) => (
          <Select
            id={id}
            className="fp-full"
            allowClear
            disabled={disabled}
            status={errorAt('segment_id') ? 'error' : undefined}
            placeholder={t('campaigns.chooseSegment')}
            aria-label={t('campaigns.fields.segment_id')}
            showSearch={{ optionFilterProp: 'label' }}
            value={d.segment_id || undefined}
            onChange={(v: string | undefined) => set({ segment_id: v ?? '' })}
            options={all.map((s) => ({ value: s.id, label: s.name }))}
          />
        )}
      </Field>
      <div className="fp-field" role="group" aria-label={t('campaigns.fields.purpose')}>
        <span className="fp-label">{t('campaigns.fields.purpose')}</span>
        <Radio.Group disabled={disabled} value={d.purpose} onChange={(e) => set({ purpose: e.target.value as Draft['purpose'] })} options={(['marketing', 'service'] as const).map((p) => ({ value: p, label: t(`reach.purposes.${p}`) }))} />
        <div className="fp-muted fp-small">{t(`campaigns.purposeHelp.${d.purpose}`)}</div>
      </div>
      <Field label={t('campaigns.fields.holdout_bp')} help={t('campaigns.holdoutHelp')} error={errorAt('holdout_bp')}>
        {(id) => <InputNumber id={id} min={0} max={50} step={1} precision={1} suffix="%" disabled={disabled} value={d.holdout} onChange={(v) => set({ holdout: v ?? 0 })} />}
      </Field>
    </div>
  );
}
