import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { journeys, type ReadyJourney } from '../../api/journeys';
import { usePreferences } from '../../app/preferences';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';

function useMake() {
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: journeys.create,
    onError: notify,
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ['journeys'] });
      void navigate({ to: '/journeys/$journeyId', params: { journeyId: made.id }, search: {} });
    },
  });
}

/** For which kind of goods a journey was made. */
function ForWhom({ of }: { of: ReadyJourney['for'] }) {
  const { t } = useTranslation();
  const words = [of?.ticket === 'high' ? t('journeys.forHigh') : of?.ticket === 'low' ? t('journeys.forLow') : '', of?.frequency === 'high' ? t('journeys.oftenHigh') : of?.frequency === 'low' ? t('journeys.oftenLow') : ''];
  return <>{words.filter(Boolean).map((w) => ` · ${w}`)}</>;
}

/** Journeys to begin with; what the brand has to choose is told in the editor. */
export function ReadyJourneys() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const make = useMake();
  const ready = useQuery({ queryKey: ['journeys-ready', language], queryFn: journeys.ready, staleTime: Infinity });
  if (ready.isError) return <ProblemView error={ready.error} onRetry={() => void ready.refetch()} />;
  if (!ready.data) return <Loading rows={3} />;
  return (
    <ul className="fp-journey-ready" aria-label={t('journeys.ready')}>
      {(ready.data.items ?? []).map((r) => (
        <li key={r.key}>
          <h3>{r.name}</h3>
          <span className="fp-muted fp-small">
            {t('journeys.stepsCount', { count: r.steps })}
            <ForWhom of={r.for} />
          </span>
          <p>{r.text}</p>
          <Button loading={make.isPending && make.variables.ready === r.key} disabled={make.isPending} onClick={() => make.mutate({ name: r.name, ready: r.key })} aria-label={t('journeys.useOf', { name: r.name })}>
            {t('journeys.use')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** A new journey: from one that is ready, or from nothing. */
export function NewJourney({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const make = useMake();
  return (
    <Modal open onCancel={onClose} footer={null} width={860} title={t('journeys.create')}>
      <div className="fp-stack">
        <div>
          <Button icon={<PlusOutlined />} loading={make.isPending} onClick={() => make.mutate({ name: t('journeys.untitled') })}>
            {t('journeys.blank')}
          </Button>
        </div>
        <h3 className="fp-journey-h">{t('journeys.ready')}</h3>
        <ReadyJourneys />
      </div>
    </Modal>
  );
}
