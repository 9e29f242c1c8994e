import { DeleteOutlined, PlayCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Drawer, Grid, Input, Select } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type DryEvent, type DryRun, type Options, type Spec } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { momentOf, shownAt } from '../../../lib/zone';
import { Field } from '../../../ui/Field';
import { MomentInput } from '../../../ui/moments';
import { PersonPicker, type PickedPerson } from '../../../ui/PersonPicker';
import { ProblemView } from '../../../ui/ProblemView';
import { lineId, type CanvasWorld, type Mark } from '../canvas/context';
import { LazyCanvas } from '../canvas/LazyCanvas';
import { next, start } from '../model/graph';
import type { Words } from '../model/words';
import { DryPath } from './DryPath';

interface Props {
  journeyId: string;
  name: string;
  spec: Spec;
  options?: Options;
  words: Words;
  numbers: ReadonlyMap<string, number>;
  onClose: () => void;
}

/** An event as it is put in: its time as the brand's clocks show it. */
interface Planned {
  kind: string;
  at: string;
  data: Record<string, string>;
}

/** How long each step is shown when the path is played, in milliseconds. */
const beat = 700;

/** Walks somebody through what is drawn, without sending anything. */
export default function DryRunDrawer({ journeyId, name, spec, options, words, numbers, onClose }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const large = Grid.useBreakpoint().lg !== false;
  const [person, setPerson] = useState<PickedPerson>();
  const [at, setAt] = useState(() => shownAt(new Date().toISOString(), f.timeZone));
  const [events, setEvents] = useState<Planned[]>([]);
  const [choices, setChoices] = useState<Record<string, number>>({});
  /** Up to which step the path is shown; without: all of it. */
  const [upTo, setUpTo] = useState<number>();
  const walk = useMutation({
    mutationFn: () =>
      journeys.dryRun(journeyId, {
        spec,
        person_id: person!.value,
        at: momentOf(at, f.timeZone),
        events: events.filter((e) => e.kind).map((e): DryEvent => ({ kind: e.kind, at: momentOf(e.at, f.timeZone), data: dataOf(e, options) })),
        choices,
      }),
    onSuccess: () => setUpTo(undefined),
  });
  const result = walk.data;
  const steps = result?.steps ?? [];
  const shown = upTo === undefined ? steps.length : upTo + 1;
  useEffect(() => {
    if (upTo === undefined) return;
    const timer = setTimeout(() => setUpTo(upTo + 1 < steps.length ? upTo + 1 : undefined), beat);
    return () => clearTimeout(timer);
  }, [upTo, steps.length]);
  const splits = spec.graph.steps.filter((s) => s.kind === 'split');
  const world = useMemo<CanvasWorld>(() => {
    const { marks, trail } = trailOf(result, shown, (iso) => f.dateTime(iso).slice(5, 16));
    return { spec, words, numbers, problems: new Map(), editable: false, countOf: () => undefined, peopleOn: () => undefined, ...(result ? { marks, trail } : {}) };
  }, [spec, words, numbers, result, shown, f]);
  const change = (i: number, patch: Partial<Planned>) => setEvents((all) => all.map((e, n) => (n === i ? { ...e, ...patch } : e)));
  return (
    <Drawer open size={large ? 1180 : '100%'} title={t('journeys.dry.title', { name })} onClose={onClose} className="fp-dry">
      <div className="fp-dry-desk">
        <div className="fp-dry-form">
          <p className="fp-muted fp-small">{t('journeys.dry.note')}</p>
          <Field label={t('journeys.dry.person')}>{(id) => <PersonPicker id={id} value={person} onChange={setPerson} label={t('journeys.dry.person')} />}</Field>
          <Field label={t('journeys.dry.at')} help={f.timeZone}>{(id) => <MomentInput id={id} value={at} onChange={setAt} />}</Field>
          <section className="fp-journey-part" aria-label={t('journeys.dry.events')}>
            <h3>{t('journeys.dry.events')}</h3>
            {events.map((e, i) => (
              <div key={i} className="fp-dry-event">
                <div className="fp-journey-line">
                  <Select className="fp-grow" value={e.kind || undefined} placeholder={t('journeys.chooseEvent')} aria-label={t('journeys.dry.eventKind', { n: i + 1 })} showSearch={{ optionFilterProp: 'label' }} onChange={(kind: string) => change(i, { kind, data: {} })} options={(options?.events ?? []).map((x) => ({ value: x.kind, label: x.label || x.kind }))} />
                  <Button type="text" icon={<DeleteOutlined />} aria-label={t('journeys.dry.eventRemove', { n: i + 1 })} onClick={() => setEvents((all) => all.filter((_, n) => n !== i))} />
                </div>
                <MomentInput value={e.at} label={t('journeys.dry.eventAt', { n: i + 1 })} onChange={(x) => change(i, { at: x })} />
                {(options?.events?.find((x) => x.kind === e.kind)?.properties ?? []).slice(0, 6).map((p) => (
                  <Input key={p.path} size="small" prefix={<span className="fp-muted">{t(`segmentProperty.${p.path}`, { defaultValue: p.label || p.path })}</span>} aria-label={t('journeys.dry.eventData', { name: t(`segmentProperty.${p.path}`, { defaultValue: p.label || p.path }), n: i + 1 })} value={e.data[p.path] ?? ''} maxLength={100} onChange={(x) => change(i, { data: { ...e.data, [p.path]: x.target.value } })} />
                ))}
              </div>
            ))}
            <Button size="small" icon={<PlusOutlined />} onClick={() => setEvents((all) => [...all, { kind: 'order.paid', at: events.at(-1)?.at ?? at, data: {} }])}>
              {t('journeys.dry.eventAdd')}
            </Button>
          </section>
          {splits.length > 0 && (
            <section className="fp-journey-part" aria-label={t('journeys.dry.choices')}>
              <h3>{t('journeys.dry.choices')}</h3>
              {splits.map((s) => (
                <Field key={s.id} label={words.name(s)}>
                  {(id) => (
                    <Select id={id} className="fp-full" value={choices[s.id] ?? -2} aria-label={t('journeys.dry.choiceOf', { name: words.name(s) })} onChange={(way: number) => setChoices(({ [s.id]: _old, ...rest }) => (way === -2 ? rest : { ...rest, [s.id]: way }))} options={[{ value: -2, label: t('journeys.dry.byLot') }, ...(s.ways ?? []).map((_, i) => ({ value: i, label: words.way(s, i) })), ...(s.next ? [{ value: next, label: words.way(s, next) }] : [])]} />
                  )}
                </Field>
              ))}
            </section>
          )}
          <Button type="primary" icon={<PlayCircleOutlined />} disabled={!person} loading={walk.isPending} onClick={() => walk.mutate()}>
            {t(result ? 'journeys.dry.again' : 'journeys.dry.go')}
          </Button>
        </div>
        {large && <LazyCanvas world={world} height="calc(100vh - 110px)" />}
        <div className="fp-dry-result" aria-live="polite">
          {walk.isError ? (
            <ProblemView error={walk.error} onRetry={() => walk.mutate()} />
          ) : !result ? (
            <p className="fp-muted">{t('journeys.dry.pick')}</p>
          ) : (
            <>
              <div className="fp-toolbar">
                <h3 className="fp-journey-h">{t('journeys.dry.result')}</h3>
                {large && steps.length > 1 && (
                  <Button size="small" className="fp-end" onClick={() => setUpTo(upTo === undefined ? 0 : undefined)}>
                    {t(upTo === undefined ? 'journeys.dry.play' : 'journeys.dry.stopPlay')}
                  </Button>
                )}
              </div>
              {result.truncated && <Alert type="warning" showIcon title={t('journeys.dry.truncated')} />}
              <DryPath result={result} shown={shown} spec={spec} words={words} />
            </>
          )}
        </div>
      </div>
    </Drawer>
  );
}

/** Numbers are numbers; everything else stays text. What is empty is not there. */
function dataOf(e: Planned, options: Options | undefined): Record<string, unknown> {
  const types = new Map((options?.events?.find((x) => x.kind === e.kind)?.properties ?? []).map((p) => [p.path, p.type]));
  return Object.fromEntries(
    Object.entries(e.data)
      .filter(([, v]) => v !== '')
      .map(([k, v]) => [k, ['money', 'number', 'count'].includes(types.get(k) ?? '') && !Number.isNaN(Number(v)) ? Number(v) : v]),
  );
}

function trailOf(result: DryRun | undefined, shown: number, time: (iso: string) => string): { marks: Map<string, Mark>; trail: Set<string> } {
  const marks = new Map<string, Mark>();
  const trail = new Set<string>();
  if (!result) return { marks, trail };
  if (result.steps.length > 0) trail.add(lineId(start, next));
  result.steps.slice(0, shown).forEach((s, i) => {
    marks.set(s.step, { visits: [...(marks.get(s.step)?.visits ?? []), i + 1], at: time(s.at), here: i === shown - 1 });
    if (i + 1 < shown) trail.add(lineId(s.step, s.way));
  });
  return { marks, trail };
}
