import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { journeys } from '../../api/journeys';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { RunState } from './live/PeopleTab';
import { useRunWords } from './live/useRunWords';
import './journeys.css';

/** The journeys that a customer walks or has walked. */
export function PersonJourneys({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const why = useRunWords();
  const list = useQuery({ queryKey: ['person-journeys', personId], queryFn: () => journeys.ofPerson(personId) });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Loading rows={3} />;
  const items = list.data.items ?? [];
  if (items.length === 0) return <EmptyState title={t('journeys.run.noJourneys')} text={t('journeys.run.noJourneysText')} />;
  return (
    <ul className="fp-list" aria-label={t('journeys.title')}>
      {items.map((r) => (
        <li key={r.id}>
          <span className="fp-grow">
            <Link to="/journeys/$journeyId" params={{ journeyId: r.journey_id ?? '' }} search={{ tab: 'people', run: r.id }} className="fp-link-row">
              {r.journey_name}
            </Link>
            <div>
              <RunState run={r} why={why} />
            </div>
          </span>
          <span className="fp-muted">
            <TimeText at={r.entered_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
