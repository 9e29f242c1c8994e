import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber, Select, Space } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Options, Spec, Step, Way } from '../../../api/journeys';
import { Field } from '../../../ui/Field';
import { addWay, change, connect, moveWay, removeWay } from '../model/edits';
import { manyWays, next } from '../model/graph';
import type { Words } from '../model/words';
import { WhereField } from './WhereField';

const ConditionDialog = lazy(() => import('./ConditionDialog'));

interface Props {
  step: Step;
  spec: Spec;
  options?: Options;
  words: Words;
  disabled: boolean;
  edit: (fn: (s: Spec) => Spec, mark?: string) => void;
}

/** Where a way leads, chosen from the other steps; the drawing without a mouse. */
export function TargetSelect({ spec, step, way, words, disabled, edit }: Omit<Props, 'options'> & { way: number }) {
  const { t } = useTranslation();
  const to = (way === next ? step.next : step.ways?.[way]?.next) ?? '';
  const named = words.way(step, way);
  return (
    <Select
      size="small"
      className="fp-full"
      value={to}
      disabled={disabled}
      aria-label={t('journeys.leadsToOf', { name: words.name(step), way: named || t('journeys.lines') })}
      showSearch={{ optionFilterProp: 'label' }}
      onChange={(id: string) => edit((s) => connect(s, step.id, way, id))}
      options={[{ value: '', label: t('journeys.goesTo', { name: t('journeys.toEnd') }) }, ...spec.graph.steps.filter((x) => x.id !== step.id).map((x) => ({ value: x.id, label: `${t('journeys.goesTo', { name: words.name(x) })} · ${words.says(x)}` }))]}
    />
  );
}

/** The ways out of a step that decides. */
export function WaysForm(props: Props) {
  const { step, spec, options, words, disabled, edit } = props;
  const { t } = useTranslation();
  const [asking, setAsking] = useState<number>();
  const ways = step.ways ?? [];
  const set = (i: number, patch: Partial<Way>, mark?: string) => edit((s) => change(s, step.id, { ways: ways.map((w, n) => (n === i ? { ...w, ...patch } : w)) }), mark && `${step.id} way ${i} ${mark}`);
  const event = options?.events?.find((e) => e.kind === spec.entry.event);
  const carriers = options?.carriers ?? [];
  const many = manyWays(step.kind);
  return (
    <section className="fp-journey-ways" aria-label={t('journeys.lines')}>
      <h3>{step.kind === 'split' || !many ? t('journeys.lines') : t('journeys.ways')}</h3>
      <ol>
        {ways.map((w, i) => (
          <li key={i}>
            <header>
              <b>{words.way(step, i) || t('journeys.wayTitle', { n: i + 1 })}</b>
              {many && !disabled && (
                <Space size={0}>
                  <Button type="text" size="small" icon={<ArrowUpOutlined />} disabled={i === 0} aria-label={t('journeys.wayUp', { n: i + 1 })} onClick={() => edit((s) => moveWay(s, step.id, i, -1))} />
                  <Button type="text" size="small" icon={<ArrowDownOutlined />} disabled={i === ways.length - 1} aria-label={t('journeys.wayDown', { n: i + 1 })} onClick={() => edit((s) => moveWay(s, step.id, i, 1))} />
                  <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('journeys.wayRemove', { n: i + 1 })} onClick={() => edit((s) => removeWay(s, step.id, i))} />
                </Space>
              )}
            </header>
            {step.kind === 'branch' && (
              <div className="fp-field">
                <span className="fp-label">{t('journeys.field.condition')}</span>
                <div className="fp-journey-cond">
                  {w.when ? <code>{w.when}</code> : <span className="fp-muted">{t('journeys.notChosen')}</span>}
                  {!disabled && (
                    <Button size="small" aria-label={`${t('journeys.help.editCondition')} ${i + 1}`} onClick={() => setAsking(i)}>
                      {t('journeys.help.editCondition')}
                    </Button>
                  )}
                </div>
              </div>
            )}
            {step.kind === 'property' && <WhereField label={t('journeys.field.condition')} event={event} value={w.when ?? ''} disabled={disabled} onChange={(when) => set(i, { when }, 'when')} />}
            {step.kind === 'reachable' && (
              <Field label={t('journeys.field.carrier')}>
                {(id) => <Select id={id} className="fp-full" value={w.when || undefined} disabled={disabled} aria-label={t('journeys.field.carrier')} onChange={(when: string) => set(i, { when })} options={carriers.map((c) => ({ value: c.kind, label: c.label || t(`carrier.${c.kind}`, { defaultValue: c.kind }) }))} />}
              </Field>
            )}
            {step.kind === 'split' && (
              <Field label={t('journeys.field.share')}>
                {(id) => <InputNumber id={id} min={0.01} max={100} precision={2} suffix="%" disabled={disabled} value={(w.share_bp ?? 0) / 100} onChange={(n) => n !== null && set(i, { share_bp: Math.round(n * 100) }, 'share')} />}
              </Field>
            )}
            <Field label={t('journeys.field.wayName')}>{(id) => <Input id={id} value={w.name ?? ''} disabled={disabled} maxLength={60} onChange={(e) => set(i, { name: e.target.value }, 'name')} />}</Field>
            <TargetSelect {...props} way={i} />
          </li>
        ))}
        <li>
          <header>
            <b>{words.way(step, next) || t('journeys.otherwise')}</b>
          </header>
          <TargetSelect {...props} way={next} />
        </li>
      </ol>
      {many && !disabled && ways.length < 20 && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => edit((s) => addWay(s, step.id))}>
          {t('journeys.wayAdd')}
        </Button>
      )}
      {asking !== undefined && (
        <Suspense fallback={null}>
          <ConditionDialog
            name={words.way(step, asking)}
            text={ways[asking]?.when ?? ''}
            onClose={() => setAsking(undefined)}
            onUse={(when) => {
              set(asking, { when });
              setAsking(undefined);
            }}
          />
        </Suspense>
      )}
    </section>
  );
}
