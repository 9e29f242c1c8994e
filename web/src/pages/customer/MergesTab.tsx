import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Merge, Person } from '../../api/types';
import { useStaff } from '../../app/useStaff';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

/** Which persons were joined into this one, why, and the way back. */
export function MergesTab({ person, merge }: { person: Person; merge: boolean }) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const staff = useStaff();
  const queryClient = useQueryClient();
  const merges = useQuery({ queryKey: ['person', person.id, 'merges'], queryFn: () => persons.merges(person.id) });
  const split = useMutation({
    mutationFn: (m: Merge) => persons.split(m.id),
    onError: notify,
    onSuccess: async (_answer, m) => {
      notification.success({ title: t('merges.splitDone', { id: m.loser_id }) });
      await queryClient.invalidateQueries({ queryKey: ['person', person.id] });
      await queryClient.invalidateQueries({ queryKey: ['persons'] });
    },
  });
  if (merges.isError) return <ProblemView error={merges.error} onRetry={() => void merges.refetch()} />;
  if (merges.isPending) return <Loading rows={2} />;
  if (merges.data.items.length === 0) return <p className="fp-muted">{t('merges.none')}</p>;
  return (
    <ul className="fp-list">
      {merges.data.items.map((m) => (
        <li key={m.id}>
          <div className="fp-grow">
            <div className="fp-break">
              {m.winner_id === person.id ? (
                <>
                  {t('merges.took')} <code className="fp-small">{m.loser_id}</code>
                </>
              ) : (
                <>
                  {t('merges.went')}{' '}
                  <Link to="/customers/$personId" params={{ personId: m.winner_id }}>
                    <code className="fp-small">{m.winner_id}</code>
                  </Link>
                </>
              )}
            </div>
            <div className="fp-muted fp-small">
              {[m.rule === 'manual' ? t('merges.byHand') : t('merges.bySame', { kind: t(`identity.${m.rule}`, { defaultValue: m.rule }) }), m.reason, staff.nameOf(m.merged_by)].filter(Boolean).join(' · ')} · <TimeText at={m.merged_at} />
              {m.split_at && (
                <>
                  {' · '}
                  {t('merges.splitAt')} <TimeText at={m.split_at} />
                </>
              )}
            </div>
          </div>
          {merge && !m.split_at && m.winner_id === person.id && (
            <Popconfirm title={t('merges.splitAsk')} description={t('merges.splitWhat')} okText={t('merges.split')} onConfirm={() => split.mutateAsync(m).catch(() => {})}>
              <Button size="small" loading={split.isPending}>
                {t('merges.split')}
              </Button>
            </Popconfirm>
          )}
        </li>
      ))}
    </ul>
  );
}
