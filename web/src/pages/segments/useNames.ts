import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SegmentVocabulary } from '../../api/types';
import { split, type Subject } from '../../lib/segmentFields';

/** What the parts of conditions are called on screen. */
export function namesOf(t: TFunction, v: SegmentVocabulary) {
  const event = (kind: string) => {
    // The server knows the org's own kinds too, in the reader's language.
    const label = v.events.find((e) => e.kind === kind)?.label;
    return label && label !== kind ? label : t(`eventKind.${kind.replaceAll('.', '_')}`, { defaultValue: kind });
  };
  const field = (name: string) => t(`segmentField.${name.replaceAll('.', '_')}`, { defaultValue: v.fields.find((f) => f.name === name)?.label || name });
  const trait = (key: string) => v.traits.find((x) => x.key === key)?.label || key;
  const about = (subject: Subject): string => {
    const [kind, name] = split(subject);
    switch (kind) {
      case 'field':
        return field(name);
      case 'trait':
        return trait(name);
      case 'event':
        return event(name);
      case 'anniversary':
        return t('segments.yearly', { name: about(name) });
      default:
        return t(`segments.subject.${kind}`, { defaultValue: kind });
    }
  };
  return {
    subject: about,
    event,
    property: (name: string) => t(`segmentProperty.${name}`, { defaultValue: name }),
    /** A value of a field, where the values are words of ours. */
    value: (subject: Subject, value: string) => {
      const [kind, name] = split(subject);
      if (kind === 'field' && name === 'stage') return t(`stage.${value}`, { defaultValue: value });
      if (kind === 'field' && name === 'gender') return t(`gender.${value}`, { defaultValue: value });
      return value;
    },
  };
}

export function useNames(v: SegmentVocabulary) {
  const { t } = useTranslation();
  return useMemo(() => namesOf(t, v), [t, v]);
}
