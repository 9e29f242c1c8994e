import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Entry, JourneyExit, Options, Spec } from '../../../api/journeys';
import { Field } from '../../../ui/Field';
import { ClockInput } from '../../../ui/moments';
import { Choice, named } from './fields';
import { OffsetField } from './OffsetField';
import { WhereField } from './WhereField';

interface Props {
  name: string;
  spec: Spec;
  options?: Options;
  disabled: boolean;
  edit: (fn: (s: Spec) => Spec, mark?: string) => void;
  rename: (name: string) => void;
}

/** What holds for the whole journey: who comes in and how often, what it is for, who is left out, when one leaves. */
export function JourneyForm({ name, spec, options: o, disabled, edit, rename }: Props) {
  const { t } = useTranslation();
  const { entry: e, frequency: q, goal: g } = spec;
  const set = (patch: Partial<Spec>, mark?: string) => edit((s) => ({ ...s, ...patch }), mark && `journey ${mark}`);
  const entry = (patch: Partial<Entry>, mark?: string) => set({ entry: { ...e, ...patch } }, mark);
  const events = (o?.events ?? []).map((x) => ({ value: x.kind, label: x.label || x.kind }));
  const eventOf = (kind: string | undefined) => o?.events?.find((x) => x.kind === kind);
  const keyed = e.kind === 'event' || e.kind === 'manual';
  return (
    <>
      <Field label={t('journeys.field.name')}>{(id) => <Input id={id} value={name} disabled={disabled} maxLength={60} onChange={(x) => rename(x.target.value)} />}</Field>
      <Field label={t('journeys.field.entry')} help={t(`journeys.help.entry.${e.kind}`)}>
        {(id) => (
          <Select
            id={id}
            className="fp-full"
            value={e.kind}
            disabled={disabled}
            aria-label={t('journeys.field.entry')}
            onChange={(kind: Entry['kind']) => set({ entry: { kind, ...(kind === 'date' ? { at: '09:00', yearly: true } : {}) }, ...(q.kind === 'key' && kind !== 'event' && kind !== 'manual' ? { frequency: { kind: 'once' } } : {}) })}
            options={(['segment', 'event', 'date', 'manual'] as const).map((k) => ({ value: k, label: t(`journeys.entries.${k}`) }))}
          />
        )}
      </Field>
      {e.kind === 'segment' && <Choice label={t('journeys.field.segment')} value={e.segment_id} placeholder={t('journeys.chooseSegment')} disabled={disabled} options={named(o?.segments)} onChange={(segment_id) => entry({ segment_id })} />}
      {e.kind === 'event' && (
        <>
          <Choice label={t('journeys.field.event')} value={e.event} placeholder={t('journeys.chooseEvent')} disabled={disabled} options={events} onChange={(event) => entry({ event, where: '' })} />
          <WhereField label={t('journeys.field.where')} event={eventOf(e.event)} value={e.where ?? ''} disabled={disabled} onChange={(where) => entry({ where }, 'where')} />
        </>
      )}
      {e.kind === 'date' && (
        <>
          <Choice label={t('journeys.field.dateTrait')} help={t('journeys.help.trait')} value={e.trait} placeholder={t('journeys.chooseTrait')} disabled={disabled} options={(o?.traits ?? []).filter((x) => x.type === 'date').map((x) => ({ value: x.key, label: x.label || x.key }))} onChange={(trait) => entry({ trait })} />
          <OffsetField value={e.offset ?? 0} disabled={disabled} onChange={(offset) => entry({ offset }, 'offset')} />
          <Field label={t('journeys.field.at')}>{(id) => <ClockInput id={id} value={e.at || '09:00'} disabled={disabled} onChange={(at) => entry({ at })} />}</Field>
          <Checkbox disabled={disabled} checked={e.yearly ?? false} onChange={(x) => entry({ yearly: x.target.checked })}>
            {t('journeys.field.yearly')}
          </Checkbox>
        </>
      )}
      <Field label={t('journeys.field.frequency')} help={t(`journeys.help.frequency.${q.kind}`)}>
        {(id) => (
          <Select
            id={id}
            className="fp-full"
            value={q.kind}
            disabled={disabled}
            aria-label={t('journeys.field.frequency')}
            onChange={(kind: Spec['frequency']['kind']) => set({ frequency: { kind, ...(kind === 'again' ? { days: 30 } : kind === 'key' ? { key: 'order_id' } : {}) } })}
            options={(['once', 'again', ...(keyed ? (['key'] as const) : [])] as const).map((k) => ({ value: k, label: t(`journeys.frequencies.${k}`) }))}
          />
        )}
      </Field>
      {q.kind === 'again' && <Field label={t('journeys.field.days')}>{(id) => <InputNumber id={id} min={0} max={3660} precision={0} value={q.days ?? 0} disabled={disabled} onChange={(n) => set({ frequency: { ...q, days: n ?? 0 } }, 'days')} />}</Field>}
      {q.kind === 'key' && <Choice label={t('journeys.field.key')} value={q.key} disabled={disabled} options={(eventOf(e.event)?.properties ?? []).map((p) => ({ value: p.path, label: t(`segmentProperty.${p.path}`, { defaultValue: p.label || p.path }) }))} onChange={(key) => set({ frequency: { ...q, key } })} />}
      <Field label={t('journeys.field.purpose')} help={t(`journeys.help.purpose.${spec.purpose}`)}>
        {(id) => <Select id={id} className="fp-full" value={spec.purpose} disabled={disabled} aria-label={t('journeys.field.purpose')} onChange={(purpose: Spec['purpose']) => set({ purpose })} options={(['marketing', 'service', 'transactional'] as const).map((p) => ({ value: p, label: t(`reach.purposes.${p}`) }))} />}
      </Field>
      <Field label={t('journeys.field.accounts')} help={t('journeys.help.accounts')}>
        {(id) => <Select id={id} className="fp-full" mode="multiple" value={spec.account_ids ?? []} disabled={disabled} aria-label={t('journeys.field.accounts')} placeholder={t('journeys.chooseAccounts')} onChange={(account_ids: string[]) => set({ account_ids })} options={(o?.accounts ?? []).map((a) => ({ value: a.id, label: `${a.name} · ${t(`carrier.${a.carrier}`, { defaultValue: a.carrier })}` }))} />}
      </Field>
      <section className="fp-journey-part" aria-label={t('journeys.field.goal')}>
        <h3>{t('journeys.field.goal')}</h3>
        {!g ? (
          <>
            <p className="fp-muted">{t('journeys.goalNone')}</p>
            {!disabled && (
              <Button size="small" icon={<PlusOutlined />} onClick={() => set({ goal: { event: 'order.paid', days: 30, leave: false } })}>
                {t('journeys.goalAdd')}
              </Button>
            )}
          </>
        ) : (
          <>
            <Choice label={t('journeys.field.event')} help={t('journeys.help.goal')} value={g.event} placeholder={t('journeys.chooseEvent')} disabled={disabled} options={events} onChange={(event) => set({ goal: { ...g, event, where: '' } })} />
            <WhereField label={t('journeys.field.where')} event={eventOf(g.event)} value={g.where ?? ''} disabled={disabled} onChange={(where) => set({ goal: { ...g, where } }, 'goal where')} />
            <Field label={t('journeys.field.goalDays')}>{(id) => <InputNumber id={id} min={1} max={366} precision={0} value={g.days ?? 30} disabled={disabled} onChange={(n) => set({ goal: { ...g, days: n ?? 30 } }, 'goal days')} />}</Field>
            <Checkbox disabled={disabled} checked={g.leave ?? false} onChange={(x) => set({ goal: { ...g, leave: x.target.checked } })}>
              {t('journeys.help.leave')}
            </Checkbox>
            {!disabled && (
              <div>
                <Button size="small" icon={<DeleteOutlined />} onClick={() => set({ goal: undefined })}>
                  {t('journeys.goalRemove')}
                </Button>
              </div>
            )}
          </>
        )}
      </section>
      <Field label={t('journeys.field.holdout')} help={`${t('journeys.help.holdout')}${(spec.holdout_bp ?? 0) === 0 ? ` ${t('journeys.help.noHoldout')}` : ''}`}>
        {(id) => <InputNumber id={id} min={0} max={90} precision={0} suffix="%" value={(spec.holdout_bp ?? 0) / 100} disabled={disabled} onChange={(n) => set({ holdout_bp: Math.round((n ?? 0) * 100) }, 'holdout')} />}
      </Field>
      <Exits spec={spec} options={o} disabled={disabled} set={set} events={events} />
    </>
  );
}

function Exits({ spec, options: o, disabled, set, events }: { spec: Spec; options?: Options; disabled: boolean; set: (patch: Partial<Spec>, mark?: string) => void; events: { value: string; label: string }[] }) {
  const { t } = useTranslation();
  const exits = spec.exits ?? [];
  const replace = (i: number, x: JourneyExit, mark?: string) => set({ exits: exits.map((old, n) => (n === i ? x : old)) }, mark);
  const kindOf = (x: JourneyExit) => (x.event !== undefined && !x.on ? 'event' : x.on || 'entered');
  return (
    <section className="fp-journey-part" aria-label={t('journeys.field.exits')}>
      <h3>{t('journeys.field.exits')}</h3>
      <p className="fp-muted fp-small">{t('journeys.help.exits')}</p>
      {exits.map((x, i) => (
        <div key={i} className="fp-journey-exit">
          <div className="fp-journey-line">
            <Select value={kindOf(x)} disabled={disabled} aria-label={t('journeys.exitKind', { n: i + 1 })} style={{ flex: 1 }} onChange={(k: 'event' | 'entered' | 'left') => replace(i, k === 'event' ? { event: '' } : { segment_id: '', on: k })} options={(['event', 'entered', 'left'] as const).map((k) => ({ value: k, label: t(`journeys.exitKinds.${k}`) }))} />
            {!disabled && <Button type="text" icon={<DeleteOutlined />} aria-label={`${t('journeys.exitRemove')} ${i + 1}`} onClick={() => set({ exits: exits.filter((_, n) => n !== i) })} />}
          </div>
          {kindOf(x) === 'event' ? (
            <>
              <Choice label={t('journeys.field.event')} value={x.event} placeholder={t('journeys.chooseEvent')} disabled={disabled} options={events} onChange={(event) => replace(i, { event })} />
              <WhereField label={t('journeys.field.where')} event={o?.events?.find((e) => e.kind === x.event)} value={x.where ?? ''} disabled={disabled} onChange={(where) => replace(i, { ...x, where }, `exit ${i} where`)} />
            </>
          ) : (
            <Choice label={t('journeys.field.segment')} value={x.segment_id} placeholder={t('journeys.chooseSegment')} disabled={disabled} options={named(o?.segments)} onChange={(segment_id) => replace(i, { ...x, segment_id })} />
          )}
        </div>
      ))}
      {!disabled && exits.length < 20 && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => set({ exits: [...exits, { event: '' }] })}>
          {t('journeys.exitAdd')}
        </Button>
      )}
    </section>
  );
}
