import { Checkbox, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { SOPChoices, SOPKind, SOPSpec, SOPTrigger } from '../../api/sops';
import { Field } from '../../ui/Field';

interface Props {
  kind: SOPKind;
  spec: SOPSpec;
  choices?: SOPChoices;
  errorAt: (field: string) => string | undefined;
  readOnly: boolean;
  onChange: (spec: SOPSpec) => void;
}

const named = (all: readonly { id: string; name: string }[] | null | undefined) => (all ?? []).map((x) => ({ value: x.id, label: x.name }));

/** Who comes in, over which accounts it goes, and when it ends early. */
export function RulesForm({ kind, spec, choices, errorAt, readOnly, onChange }: Props) {
  const { t } = useTranslation();
  const set = (more: Partial<SOPSpec>) => onChange({ ...spec, ...more });
  const trigger = (more: Partial<SOPTrigger>) => set({ trigger: { ...spec.trigger, ...more } });
  const exits = spec.exits;
  const kinds = kind === 'person' ? (['friend', 'channel', 'segment', 'manual'] as const) : (['group', 'manual'] as const);
  return (
    <section className="fp-sop-rules" aria-label={t('sop.rules')}>
      <Field label={t('sop.trigger')} help={t(`sop.triggerHelp.${spec.trigger.kind}`)} error={errorAt('trigger.kind')}>
        {(id) => (
          <Select
            id={id}
            value={spec.trigger.kind}
            disabled={readOnly}
            onChange={(k) => set({ trigger: { kind: k, ...(kind === 'group' ? { since: spec.trigger.since, date: spec.trigger.date } : {}) }, exits: { ...exits, left_segment: k === 'segment' && exits.left_segment } })}
            options={kinds.map((k) => ({ value: k, label: t(`sop.triggers.${k}`) }))}
          />
        )}
      </Field>
      {(spec.trigger.kind === 'friend' || spec.trigger.kind === 'group') && (
        <Field label={t('sop.triggerAccounts')} error={errorAt('trigger.account_ids')}>
          {(id) => <Select id={id} mode="multiple" allowClear value={spec.trigger.account_ids ?? []} disabled={readOnly} placeholder={t('common.any')} onChange={(v) => trigger({ account_ids: v })} options={named(choices?.group_accounts)} />}
        </Field>
      )}
      {spec.trigger.kind === 'channel' && (
        <Field label={t('sop.channels')} error={errorAt('trigger.channel_ids')}>
          {(id) => <Select id={id} mode="multiple" allowClear showSearch={{ optionFilterProp: 'label' }} value={spec.trigger.channel_ids ?? []} disabled={readOnly} placeholder={t('common.any')} onChange={(v) => trigger({ channel_ids: v })} options={named(choices?.channels)} />}
        </Field>
      )}
      {spec.trigger.kind === 'segment' && (
        <Field label={t('sop.segment')} error={errorAt('trigger.segment_id')}>
          {(id) => <Select id={id} showSearch={{ optionFilterProp: 'label' }} value={spec.trigger.segment_id || undefined} disabled={readOnly} placeholder={t('sop.chooseSegment')} onChange={(v) => trigger({ segment_id: v })} options={named(choices?.segments)} />}
        </Field>
      )}
      {spec.trigger.kind === 'group' && (
        <>
          <Field label={t('sop.groupName')} help={t('sop.groupNameHelp')} error={errorAt('trigger.name')}>
            {(id) => <Input id={id} value={spec.trigger.name} disabled={readOnly} maxLength={60} onChange={(e) => trigger({ name: e.target.value })} />}
          </Field>
          <Field label={t('sop.owners')} help={t('sop.ownersHelp')} error={errorAt('trigger.owners')}>
            {(id) => <Select id={id} mode="tags" open={false} value={spec.trigger.owners ?? []} disabled={readOnly} placeholder={t('common.any')} onChange={(v) => trigger({ owners: v })} />}
          </Field>
        </>
      )}
      {kind === 'group' && (
        <Field label={t('sop.since')} error={errorAt('trigger.date')}>
          {(id) => (
            <div className="fp-sop-line">
              <Select id={id} value={spec.trigger.since || 'created'} disabled={readOnly} style={{ minWidth: 150 }} onChange={(v) => trigger({ since: v, date: v === 'date' ? spec.trigger.date : '' })} options={(['created', 'enrolled', 'date'] as const).map((v) => ({ value: v, label: t(`sop.sinces.${v}`) }))} />
              {spec.trigger.since === 'date' && <Input type="date" aria-label={t('sop.date')} value={spec.trigger.date} disabled={readOnly} style={{ width: 160 }} onChange={(e) => trigger({ date: e.target.value })} />}
            </div>
          )}
        </Field>
      )}
      {kind === 'person' && (
        <>
          <Field label={t('sop.accounts')} help={t('sop.accountsHelp')} error={errorAt('account_ids')}>
            {(id) => <Select id={id} mode="multiple" value={spec.account_ids ?? []} disabled={readOnly} placeholder={t('sop.chooseAccounts')} onChange={(v) => set({ account_ids: v })} options={(choices?.accounts ?? []).map((a) => ({ value: a.id, label: a.confirm ? t('sop.confirmed', { name: a.name }) : a.name }))} />}
          </Field>
          <fieldset className="fp-sop-exits">
            <legend>{t('sop.exits')}</legend>
            {(['replied', 'ordered', 'unfriended', ...(spec.trigger.kind === 'segment' ? (['left_segment'] as const) : [])] as const).map((x) => (
              <Checkbox key={x} checked={exits[x]} disabled={readOnly} onChange={(e) => set({ exits: { ...exits, [x]: e.target.checked } })}>
                {t(`sop.exit.${x}`)}
              </Checkbox>
            ))}
            <p className="fp-muted fp-small">{t('sop.exitsAlways')}</p>
          </fieldset>
        </>
      )}
      <div className="fp-sop-when">
        <Field label={t('sop.again')} help={t('sop.againHelp')} error={errorAt('again_days')}>
          {(id) => <InputNumber id={id} min={0} max={3650} precision={0} value={spec.again_days ?? 0} disabled={readOnly} onChange={(n) => set({ again_days: n ?? 0 })} />}
        </Field>
        <Field label={t('sop.catchUp')} help={t('sop.catchUpHelp')} error={errorAt('catch_up_hours')}>
          {(id) => <InputNumber id={id} min={1} max={72} precision={0} value={spec.catch_up_hours || 6} disabled={readOnly} onChange={(n) => set({ catch_up_hours: n ?? 6 })} />}
        </Field>
      </div>
    </section>
  );
}
