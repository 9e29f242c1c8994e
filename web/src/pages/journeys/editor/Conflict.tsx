import { Alert, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import type { JourneyFull, Spec } from '../../../api/journeys';

/** Somebody stored another version meanwhile: what differs, and which one is to stay. */
export function Conflict({ mine, theirs, onTake }: { mine: Spec; theirs: JourneyFull; onTake: (which: 'theirs' | 'mine') => void }) {
  const { t } = useTranslation();
  const other = new Map(theirs.draft.graph.steps.map((s) => [s.id, JSON.stringify(s)]));
  const { steps } = mine.graph;
  const same = steps.filter((s) => other.get(s.id) === JSON.stringify(s)).length;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={t('journeys.conflict')}
      description={
        <>
          {t('journeys.conflictText', { theirs: theirs.draft.graph.steps.length, mine: steps.length })} {t('journeys.conflictSame', { same, different: Math.max(steps.length, other.size) - same })}
        </>
      }
      action={
        <Space orientation="vertical">
          <Button size="small" onClick={() => onTake('theirs')}>
            {t('journeys.takeTheirs')}
          </Button>
          <Button size="small" danger onClick={() => onTake('mine')}>
            {t('journeys.takeMine')}
          </Button>
        </Space>
      }
    />
  );
}
