import { Checkbox, DatePicker, InputNumber, Radio, Select } from 'antd';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';
import { momentOf, shownAt } from '../../lib/zone';
import { Field } from '../../ui/Field';
import { ClockInput } from '../../ui/moments';
import { firstDay, sayDay, weekdays, wordsOf, type Schedule } from './schedule';
import type { StepProps } from './WhoStep';

/** How often it comes again, until when, and what becomes of a time that was missed. */
export function ScheduleFields({ draft: d, set, errorAt, disabled, schedule: s }: StepProps & { schedule: Schedule }) {
  const { t } = useTranslation();
  const f = useFormat();
  const change = (patch: Partial<Schedule>) => set({ schedule: { ...s, ...patch } });
  const wrong = (part: string) => errorAt(`schedule.${part}`) ?? undefined;
  const today = shownAt(new Date().toISOString(), f.timeZone).slice(0, 10);
  const local = d.local_time && d.winner === null && d.start_at !== '';
  const day = (key: 'from' | 'until', value: string, onChange: (day: string) => void) => (
    <Field label={t(`campaigns.again.${key}`)} help={t(`campaigns.again.${key}Help`)} error={key === 'from' ? errorAt('start_at') : wrong('until')}>
      {(id) => <DatePicker id={id} aria-label={t(`campaigns.again.${key}`)} disabled={disabled} value={value ? dayjs(value) : null} onChange={(at) => onChange(at ? at.format('YYYY-MM-DD') : '')} />}
    </Field>
  );
  return (
    <section className="fp-campaign-box fp-stack" aria-label={t('campaigns.fields.schedule')}>
      <div className="fp-field" role="group" aria-label={t('campaigns.again.every')}>
        <span className="fp-label">{t('campaigns.again.every')}</span>
        <Radio.Group
          disabled={disabled}
          value={s.every}
          onChange={(e) => change({ every: e.target.value as Schedule['every'], days: e.target.value === 'day' ? [] : [1] })}
          options={(['day', 'week', 'month'] as const).map((every) => ({ value: every, label: t(`campaigns.again.everies.${every}`) }))}
        />
      </div>
      {s.every !== 'day' && (
        <div className="fp-field" role="group" aria-label={t('campaigns.again.days')}>
          <span className="fp-label">{t('campaigns.again.days')}</span>
          {s.every === 'week' ? (
            <Checkbox.Group disabled={disabled} value={s.days ?? []} onChange={(days) => change({ days })} options={weekdays(f.language, 'long').map((label, i) => ({ value: i + 1, label }))} />
          ) : (
            <Select
              className="fp-full"
              mode="multiple"
              disabled={disabled}
              aria-label={t('campaigns.again.days')}
              status={wrong('days') ? 'error' : undefined}
              value={s.days ?? []}
              onChange={(days: number[]) => change({ days })}
              options={Array.from({ length: 31 }, (_, i) => ({ value: i + 1, label: t(i === 30 ? 'campaigns.again.lastDay' : 'campaigns.again.monthDay', { day: i + 1 }) }))}
            />
          )}
          {wrong('days') && (
            <div className="fp-no fp-small" role="alert">
              {wrong('days')}
            </div>
          )}
        </div>
      )}
      <Field label={t('campaigns.again.at')} help={t('campaigns.zone', { zone: f.timeZone })} error={wrong('at')}>
        {(id) => <ClockInput id={id} label={t('campaigns.again.at')} disabled={disabled} value={s.at} onChange={(at) => change({ at })} />}
      </Field>
      <div>
        <Checkbox disabled={disabled || d.winner !== null} checked={local} onChange={(e) => set({ local_time: e.target.checked, ...(e.target.checked && !d.start_at ? { start_at: `${today}T00:00` } : {}) })}>
          {t('campaigns.fields.local_time')}
        </Checkbox>
        <div className="fp-muted fp-small">{d.winner ? t('campaigns.localNot') : t('campaigns.localHelp', { at: s.at })}</div>
        {errorAt('local_time') && (
          <div className="fp-no fp-small" role="alert">
            {errorAt('local_time')}
          </div>
        )}
      </div>
      {/* Only the day matters: on it, it comes at its hour. */}
      {day('from', d.start_at.slice(0, 10), (from) => set({ start_at: from ? `${from}T00:00` : '' }))}
      {day('until', s.until ?? '', (until) => change({ until }))}
      <div className="fp-field" role="group" aria-label={t('campaigns.again.late')}>
        <span className="fp-label">{t('campaigns.again.late')}</span>
        <Radio.Group disabled={disabled} value={s.late} onChange={(e) => change({ late: e.target.value as Schedule['late'] })} options={(['skip', 'send'] as const).map((late) => ({ value: late, label: t(`campaigns.again.lates.${late}`) }))} />
        <div className="fp-muted fp-small">{t('campaigns.again.lateHelp')}</div>
      </div>
      <Field label={t('campaigns.again.most')} help={t('campaigns.again.mostHelp')} error={wrong('most_people')}>
        {(id) => <InputNumber id={id} min={1} max={100_000_000} precision={0} disabled={disabled} value={s.most_people || null} onChange={(v) => change({ most_people: v ?? 0 })} />}
      </Field>
      <NextTime schedule={s} from={d.start_at} local={local} />
    </section>
  );
}

/** How often it comes and when first, in words. */
function NextTime({ schedule: s, from, local }: { schedule: Schedule; from: string; local: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (s.every !== 'day' && (s.days ?? []).length === 0) return null;
  const now = new Date().toISOString();
  const notBefore = from ? momentOf(from, f.timeZone) : now;
  const day = firstDay(s, notBefore > now ? notBefore : now, f.timeZone, local);
  return (
    <p role="status">
      {wordsOf(s, f.language, t)} <b>{day ? t('campaigns.again.first', { day: sayDay(day, f.language), at: s.at }) : t('campaigns.again.never')}</b>
    </p>
  );
}
