import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { reach } from '../../api/reach';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useNotifyProblem } from '../../ui/ProblemView';
import './gate.css';

/** While the server's clock is not believed nothing is sent: this says so, and lets somebody say that the clock is right. */
export function ClockBanner() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const clock = useQuery({
    queryKey: ['reach-clock', f.language],
    queryFn: reach.clock,
    enabled: may('reach.read'),
    retry: false,
    refetchInterval: (query) => (query.state.data?.believed === false ? 5000 : 60_000),
  });
  const believe = useMutation({
    mutationFn: reach.believeClock,
    onError: notify,
    onSuccess: (now) => queries.setQueryData(['reach-clock', f.language], now),
  });
  const c = clock.data;
  if (!c || c.believed) return null;
  return (
    <Alert
      className="fp-gate-clock"
      type="error"
      showIcon
      role="alert"
      title={c.text}
      description={c.believed_at && c.why !== 'database' ? t('gate.clock.by', { at: f.dateTime(c.believed_at) }) : undefined}
      action={
        // Where the database's clock differs, one of the two must be set right.
        c.why !== 'database' &&
        may('reach.settings') && (
          <Button danger loading={believe.isPending} onClick={() => believe.mutate()}>
            {t('gate.clock.believe')}
          </Button>
        )
      }
    />
  );
}
