import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type DryStep, type Spec, type Step } from '../../../api/journeys';
import { useMe } from '../../../app/me';
import { PersonPicker, type PickedPerson } from '../../../ui/PersonPicker';
import { ProblemView } from '../../../ui/ProblemView';
import { useSettled } from '../../../ui/useSettled';
import '../../acquisition/phone.css';

/** A message in what it is read in: a mail program, or a chat on a phone. */
export function FramedMessage({ message: m }: { message: NonNullable<DryStep['message']> }) {
  const { t } = useTranslation();
  const { org } = useMe();
  if (m.carrier === 'email' || (m.carrier === '' && m.subject))
    return (
      <article className="fp-mail">
        <header>
          <b>{m.subject || t('campaigns.noSubject')}</b>
          <span>{org.name}</span>
        </header>
        <pre tabIndex={0}>{m.text || t('campaigns.noText')}</pre>
      </article>
    );
  return (
    <article className={`fp-phone ${m.carrier}`}>
      <header>{org.name}</header>
      <div className="fp-phone-chat">
        <div className="fp-phone-line">
          <i aria-hidden="true">{[...org.name][0]}</i>
          <span className="fp-bubble">{m.text || t('campaigns.noText')}</span>
        </div>
      </div>
    </article>
  );
}

/** The message as one customer would read it: a dry run of nothing but this step. */
export function MessagePreview({ journeyId, spec, step }: { journeyId: string; spec: Spec; step: Step }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState<PickedPerson>();
  const [at] = useState(() => new Date().toISOString());
  const alone = JSON.stringify({ ...spec, entry: { kind: 'manual' }, frequency: { kind: 'once' }, holdout_bp: 0, goal: undefined, exits: [], layout: {}, graph: { steps: [{ ...step, next: '' }] } });
  const settled = useSettled(alone, 500);
  const shown = useQuery({
    queryKey: ['journey-message', journeyId, person?.value, settled],
    queryFn: () => journeys.dryRun(journeyId, { spec: JSON.parse(settled) as Spec, person_id: person!.value, at, events: [], choices: {} }),
    enabled: person !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const message = shown.data?.steps?.find((s) => s.message)?.message;
  const why = shown.data?.steps?.[0];
  return (
    <section className="fp-journey-preview" aria-label={t('journeys.previewTitle')}>
      <PersonPicker value={person} onChange={setPerson} label={t('journeys.previewOf')} placeholder={t('journeys.previewOf')} />
      {person === undefined ? (
        <p className="fp-muted fp-small">{t('journeys.previewPick')}</p>
      ) : shown.isError ? (
        <ProblemView error={shown.error} onRetry={() => void shown.refetch()} />
      ) : message ? (
        <div aria-busy={shown.isPlaceholderData}>
          <FramedMessage message={message} />
          {why?.verdict && <p className="fp-muted fp-small">{t('journeys.dry.verdict', { text: t(`journeys.dry.verdicts.${why.verdict}`, { defaultValue: why.verdict }) })}</p>}
        </div>
      ) : shown.data ? (
        <p className="fp-muted">{why?.why || t('journeys.noText')}</p>
      ) : null}
    </section>
  );
}
