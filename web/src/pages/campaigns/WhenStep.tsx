import { Checkbox, InputNumber, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';
import { nextDay, shownAt } from '../../lib/zone';
import { Field } from '../../ui/Field';
import { MomentInput } from '../../ui/moments';
import { emptySchedule } from './schedule';
import { ScheduleFields } from './ScheduleFields';
import type { StepProps } from './WhoStep';

/** When it begins, how fast it goes, and how long it is looked what came of it. */
export function WhenStep({ draft: d, set, errorAt, disabled }: StepProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const tomorrow = () => `${nextDay(shownAt(new Date().toISOString(), f.timeZone).slice(0, 10))}T10:00`;
  return (
    <div className="fp-campaign-fields">
      <div className="fp-field" role="group" aria-label={t('campaigns.fields.start_at')}>
        <span className="fp-label">{t('campaigns.fields.start_at')}</span>
        <Radio.Group
          disabled={disabled}
          value={d.schedule ? 'again' : d.start_at ? 'at' : 'now'}
          onChange={(e) => set({ start_at: e.target.value === 'at' ? tomorrow() : '', schedule: e.target.value === 'again' ? emptySchedule : null, ...(e.target.value === 'at' ? {} : { local_time: false }) })}
          options={[
            { value: 'now', label: t('campaigns.atOnce') },
            { value: 'at', label: t('campaigns.atTime') },
            { value: 'again', label: t('campaigns.again.choice') },
          ]}
        />
      </div>
      {d.schedule && <ScheduleFields draft={d} set={set} errorAt={errorAt} disabled={disabled} schedule={d.schedule} />}
      {d.start_at && !d.schedule && (
        <Field label={t('campaigns.startAt')} help={t('campaigns.zone', { zone: f.timeZone })} error={errorAt('start_at')}>
          {(id) => <MomentInput id={id} disabled={disabled} label={t('campaigns.startAt')} value={d.start_at} status={errorAt('start_at') ? 'error' : undefined} onChange={(start_at) => set({ start_at })} />}
        </Field>
      )}
      {d.start_at && !d.schedule && (
        <div>
          <Checkbox disabled={disabled || d.winner !== null} checked={d.local_time && d.winner === null} onChange={(e) => set({ local_time: e.target.checked })}>
            {t('campaigns.fields.local_time')}
          </Checkbox>
          <div className="fp-muted fp-small">{d.winner ? t('campaigns.localNot') : t('campaigns.localHelp', { at: d.start_at.slice(11) })}</div>
          {errorAt('local_time') && (
            <div className="fp-no fp-small" role="alert">
              {errorAt('local_time')}
            </div>
          )}
        </div>
      )}
      <Field label={t('campaigns.fields.per_minute')} help={t('campaigns.perMinuteHelp')} error={errorAt('per_minute')}>
        {(id) => <InputNumber id={id} min={1} max={1_000_000} precision={0} placeholder="∞" disabled={disabled} value={d.per_minute || null} onChange={(v) => set({ per_minute: v ?? 0 })} />}
      </Field>
      <Field label={t('campaigns.fields.measure_days')} help={t('campaigns.measureHelp')} error={errorAt('measure_days')}>
        {(id) => <InputNumber id={id} min={1} max={60} precision={0} disabled={disabled} value={d.measure_days} onChange={(v) => set({ measure_days: v ?? 14 })} />}
      </Field>
    </div>
  );
}
