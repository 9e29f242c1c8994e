// A journey in words: what a step does, what a way is called, how people come in.
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Options, Spec, Step } from '../../../api/journeys';
import { next } from './graph';

export interface Words {
  kind: (kind: Step['kind']) => string;
  name: (s: Step) => string;
  says: (s: Step) => string;
  way: (s: Step, way: number) => string;
  span: (seconds: number) => string;
  entry: (spec: Spec) => string;
  frequency: (spec: Spec) => string;
  event: (kind: string) => string;
  missing: string;
}

/** A length of time in the largest unit that tells it whole. */
export function unitOf(seconds: number): { unit: 'days' | 'hours' | 'minutes'; count: number } {
  if (seconds >= 86_400 && seconds % 86_400 === 0) return { unit: 'days', count: seconds / 86_400 };
  if (seconds >= 3600 && seconds % 3600 === 0) return { unit: 'hours', count: seconds / 3600 };
  return { unit: 'minutes', count: Math.round(seconds / 60) };
}

export function wordsFor(t: TFunction, o: Options | undefined): Words {
  const missing = t('journeys.notChosen');
  const of = (list: readonly { id: string; name: string }[] | undefined, id: string | undefined) => (id ? (list?.find((x) => x.id === id)?.name ?? id) : missing);
  const event = (kind: string) => o?.events?.find((e) => e.kind === kind)?.label || t(`eventKind.${kind.replaceAll('.', '_')}`, { defaultValue: kind });
  const trait = (key: string | undefined) => (key ? (o?.traits?.find((x) => x.key === key)?.label ?? key) : missing);
  const span = (seconds: number) => {
    const { unit, count } = unitOf(seconds);
    return t(`journeys.span.${unit}`, { count });
  };
  const offset = (days: number | undefined) => (!days ? t('journeys.onTheDay') : t(days > 0 ? 'journeys.daysAfter' : 'journeys.daysBefore', { count: Math.abs(days) }));
  const first = (text: string | undefined) => (text ?? '').trim().split('\n')[0] ?? '';
  const says = (s: Step): string => {
    switch (s.kind) {
      case 'message':
        return s.message?.subject || first(s.message?.text) || t('journeys.noText');
      case 'task':
      case 'note':
        return first(s.text) || t('journeys.noText');
      case 'webhook':
        return (s.webhook?.url ?? '').replace(/^https:\/\//, '') || missing;
      case 'tag':
        return t(s.off ? 'journeys.tagOff' : 'journeys.tagOn', { name: of(o?.tags, s.use) });
      case 'trait':
        return t('journeys.traitTo', { name: trait(s.trait), value: s.text ?? '' });
      case 'enter':
        return of(o?.journeys, s.use);
      case 'wait':
        return span(s.seconds ?? 0);
      case 'wait_until':
        return [s.days?.length ? s.days.map((d) => t(`journeys.weekday.${d}`)).join(t('common.listSeparator')) : t('journeys.everyDay'), s.at ?? ''].join(' ');
      case 'wait_date':
        return `${trait(s.trait)} ${offset(s.offset)} ${s.at ?? '09:00'}`;
      case 'wait_event':
        return t('journeys.eventWithin', { event: s.event ? event(s.event) : missing, span: span(s.seconds ?? 0) });
      case 'branch':
      case 'property':
      case 'reachable':
      case 'split':
        return t('journeys.waysCount', { count: (s.ways?.length ?? 0) + 1 });
      default:
        return '';
    }
  };
  const way = (s: Step, n: number): string => {
    if (n === next) {
      if (s.kind === 'wait_event') return t('journeys.timedOut');
      if (s.kind === 'split') {
        const rest = 10_000 - (s.ways ?? []).reduce((sum, w) => sum + (w.share_bp ?? 0), 0);
        return t('journeys.restShare', { share: Math.max(0, rest) / 100 });
      }
      return s.ways?.length ? t('journeys.otherwise') : '';
    }
    const w = s.ways?.[n];
    if (!w) return '';
    const name = w.name || (s.kind === 'wait_event' ? t('journeys.happened') : s.kind === 'split' ? String.fromCharCode(65 + n) : s.kind === 'reachable' ? t(`carrier.${w.when}`, { defaultValue: w.when }) : w.when || t('journeys.wayNumber', { n: n + 1 }));
    return s.kind === 'split' ? `${name} ${(w.share_bp ?? 0) / 100}%` : name;
  };
  const entry = ({ entry: e }: Spec): string => {
    switch (e.kind) {
      case 'segment':
        return t('journeys.entryIs.segment', { name: of(o?.segments, e.segment_id) });
      case 'event':
        return t('journeys.entryIs.event', { name: e.event ? event(e.event) : missing });
      case 'date':
        return t('journeys.entryIs.date', { name: trait(e.trait), offset: offset(e.offset), at: e.at ?? '09:00' });
      default:
        return t('journeys.entryIs.manual');
    }
  };
  const frequency = ({ frequency: q }: Spec): string => (q.kind === 'again' ? t('journeys.frequencyIs.again', { count: q.days ?? 0 }) : q.kind === 'key' ? t('journeys.frequencyIs.key', { key: q.key ?? '' }) : t('journeys.frequencyIs.once'));
  const kind = (k: Step['kind']) => t(`journeys.kinds.${k}`);
  return { kind, name: (s) => s.name || kind(s.kind), says, way, span, entry, frequency, event, missing };
}

export function useWords(options: Options | undefined): Words {
  const { t } = useTranslation();
  return useMemo(() => wordsFor(t, options), [t, options]);
}
