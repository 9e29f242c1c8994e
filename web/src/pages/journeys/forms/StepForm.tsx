import { Checkbox, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Options, Spec, Step } from '../../../api/journeys';
import { Field } from '../../../ui/Field';
import { ClockInput } from '../../../ui/moments';
import { change } from '../model/edits';
import { decides } from '../model/graph';
import type { Words } from '../model/words';
import { Choice, named, SpanField } from './fields';
import { MessageForm } from './MessageForm';
import { OffsetField } from './OffsetField';
import { WaysForm } from './WaysForm';
import { WhereField } from './WhereField';

interface Props {
  journeyId: string;
  spec: Spec;
  step: Step;
  options?: Options;
  words: Words;
  disabled: boolean;
  edit: (fn: (s: Spec) => Spec, mark?: string) => void;
}

const events = (o: Options | undefined) => (o?.events ?? []).map((e) => ({ value: e.kind, label: e.label || e.kind }));
const dates = (o: Options | undefined) => (o?.traits ?? []).filter((x) => x.type === 'date').map((x) => ({ value: x.key, label: x.label || x.key }));

/** What a step does, field by field. */
export function StepForm(props: Props) {
  const { journeyId, spec, step: s, options: o, disabled, edit } = props;
  const { t } = useTranslation();
  const set = (patch: Partial<Step>, mark?: string) => edit((x) => change(x, s.id, patch), mark && `${s.id} ${mark}`);
  const fails = ['tag', 'trait', 'note', 'task', 'webhook', 'enter'].includes(s.kind);
  return (
    <>
      <p className="fp-muted fp-small">{t(`journeys.about.${s.kind}`)}</p>
      {s.kind === 'message' && <MessageForm journeyId={journeyId} spec={spec} step={s} options={o} disabled={disabled} onChange={set} />}
      {s.kind === 'tag' && (
        <>
          <Field label={t('journeys.field.off')}>{(id) => <Select id={id} className="fp-full" value={s.off ? 'take' : 'give'} disabled={disabled} aria-label={t('journeys.field.off')} onChange={(v) => set({ off: v === 'take' })} options={(['give', 'take'] as const).map((v) => ({ value: v, label: t(`journeys.${v}`) }))} />}</Field>
          <Choice label={t('journeys.field.use')} value={s.use} placeholder={t('journeys.chooseTag')} disabled={disabled} options={named(o?.tags)} onChange={(use) => set({ use })} />
        </>
      )}
      {s.kind === 'trait' && (
        <>
          <Choice label={t('journeys.field.trait')} value={s.trait} placeholder={t('journeys.chooseTrait')} disabled={disabled} options={(o?.traits ?? []).map((x) => ({ value: x.key, label: x.label || x.key }))} onChange={(trait) => set({ trait })} />
          <Field label={t('journeys.field.value')}>{(id) => <Input id={id} value={s.text ?? ''} disabled={disabled} maxLength={500} onChange={(e) => set({ text: e.target.value }, 'text')} />}</Field>
        </>
      )}
      {(s.kind === 'note' || s.kind === 'task') && (
        <Field label={t(s.kind === 'task' ? 'journeys.field.taskText' : 'journeys.field.noteText')}>
          {(id) => <Input.TextArea id={id} value={s.text ?? ''} disabled={disabled} maxLength={2000} autoSize={{ minRows: 4, maxRows: 12 }} onChange={(e) => set({ text: e.target.value }, 'text')} />}
        </Field>
      )}
      {s.kind === 'webhook' && <WebhookFields step={s} disabled={disabled} set={set} variables={o?.variables ?? []} />}
      {s.kind === 'enter' && <Choice label={t('journeys.field.journey')} value={s.use} placeholder={t('journeys.chooseJourney')} disabled={disabled} options={named((o?.journeys ?? []).filter((j) => j.id !== journeyId))} onChange={(use) => set({ use })} />}
      {s.kind === 'wait' && <SpanField label={t('journeys.field.seconds')} seconds={s.seconds ?? 86_400} disabled={disabled} onChange={(seconds) => set({ seconds }, 'seconds')} />}
      {s.kind === 'wait_until' && (
        <>
          <Field label={t('journeys.field.at')}>{(id) => <ClockInput id={id} value={s.at || '10:00'} disabled={disabled} onChange={(at) => set({ at })} />}</Field>
          <Field label={t('journeys.field.weekdays')}>
            {(id) => <Select id={id} className="fp-full" mode="multiple" value={s.days ?? []} disabled={disabled} placeholder={t('journeys.everyDay')} aria-label={t('journeys.field.weekdays')} onChange={(days: number[]) => set({ days: [...days].sort() })} options={[1, 2, 3, 4, 5, 6, 7].map((d) => ({ value: d, label: t(`journeys.weekday.${d}`) }))} />}
          </Field>
        </>
      )}
      {s.kind === 'wait_date' && (
        <>
          <Choice label={t('journeys.field.dateTrait')} help={t('journeys.help.trait')} value={s.trait} placeholder={t('journeys.chooseTrait')} disabled={disabled} options={dates(o)} onChange={(trait) => set({ trait })} />
          <OffsetField value={s.offset ?? 0} disabled={disabled} onChange={(offset) => set({ offset }, 'offset')} />
          <Field label={t('journeys.field.at')}>{(id) => <ClockInput id={id} value={s.at || '09:00'} disabled={disabled} onChange={(at) => set({ at })} />}</Field>
          <Checkbox disabled={disabled} checked={s.yearly ?? false} onChange={(e) => set({ yearly: e.target.checked })}>
            {t('journeys.field.yearly')}
          </Checkbox>
        </>
      )}
      {s.kind === 'wait_event' && (
        <>
          <Choice label={t('journeys.field.event')} value={s.event} placeholder={t('journeys.chooseEvent')} disabled={disabled} options={events(o)} onChange={(event) => set({ event, where: '' })} />
          <WhereField label={t('journeys.field.where')} event={o?.events?.find((e) => e.kind === s.event)} value={s.where ?? ''} disabled={disabled} onChange={(where) => set({ where }, 'where')} />
          <SpanField label={t('journeys.field.atMost')} seconds={s.seconds ?? 86_400} disabled={disabled} onChange={(seconds) => set({ seconds }, 'seconds')} />
        </>
      )}
      {s.kind === 'split' && <p className="fp-muted fp-small">{t('journeys.help.split')}</p>}
      {decides(s.kind) && <WaysForm {...props} />}
      {fails && (
        <Field label={t('journeys.field.onError')} help={t(`journeys.help.onError.${s.on_error || 'go_on'}`)}>
          {(id) => <Select id={id} className="fp-full" value={s.on_error || 'go_on'} disabled={disabled} aria-label={t('journeys.field.onError')} onChange={(on_error: 'go_on' | 'stop') => set({ on_error })} options={(['go_on', 'stop'] as const).map((v) => ({ value: v, label: t(`journeys.errors.${v}`) }))} />}
        </Field>
      )}
      <Field label={t('journeys.field.stepName')} help={t('journeys.help.stepName')}>
        {(id) => <Input id={id} value={s.name ?? ''} disabled={disabled} maxLength={60} placeholder={t(`journeys.kinds.${s.kind}`)} onChange={(e) => set({ name: e.target.value }, 'name')} />}
      </Field>
    </>
  );
}

function WebhookFields({ step, disabled, set, variables }: { step: Step; disabled: boolean; set: (patch: Partial<Step>, mark?: string) => void; variables: readonly { name: string; text: string }[] }) {
  const { t } = useTranslation();
  const w = step.webhook ?? { url: '' };
  return (
    <>
      <Field label={t('journeys.field.url')}>{(id) => <Input id={id} value={w.url} disabled={disabled} maxLength={2000} inputMode="url" onChange={(e) => set({ webhook: { ...w, url: e.target.value.trim() } }, 'url')} />}</Field>
      <Field label={t('journeys.field.secret')} help={t(w.has_secret ? 'journeys.help.hasSecret' : 'journeys.help.secret')}>
        {(id) => <Input.Password id={id} value={w.secret ?? ''} disabled={disabled} maxLength={200} autoComplete="new-password" visibilityToggle={false} onChange={(e) => set({ webhook: { ...w, secret: e.target.value } }, 'secret')} />}
      </Field>
      <Field label={t('journeys.field.fields')} help={t('journeys.help.fields')}>
        {(id) => <Select id={id} className="fp-full" mode="multiple" value={w.fields ?? []} disabled={disabled} aria-label={t('journeys.field.fields')} onChange={(fields: string[]) => set({ webhook: { ...w, fields } })} options={variables.map((v) => ({ value: v.name, label: v.text.split(/[，,]/)[0] }))} />}
      </Field>
    </>
  );
}
