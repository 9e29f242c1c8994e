import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Switch, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { desks } from '../../api/inbox';
import { useMay, useMe } from '../../app/me';
import { useNotifyProblem } from '../../ui/ProblemView';

export const colleaguesKey = ['inbox', 'colleagues'];

/** Whether one takes new conversations. */
export function AwaySwitch() {
  const { t } = useTranslation();
  const me = useMe().staff.id;
  const may = useMay();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const all = useQuery({ queryKey: colleaguesKey, queryFn: desks.staff, staleTime: 30_000 });
  const set = useMutation({ mutationFn: desks.away, onError: notify, onSettled: () => queryClient.invalidateQueries({ queryKey: colleaguesKey }) });
  const here = all.data?.items.find((c) => c.staff_id === me);
  if (!may('inbox.write') || !here) return <span className="fp-grow" />;
  const there = set.isPending ? !set.variables : !here.away;
  return (
    <span className="fp-grow fp-inbox-away">
      <Tooltip title={t(there ? 'inbox.thereHelp' : 'inbox.awayHelp')}>
        <Switch size="small" checked={there} loading={set.isPending} onChange={(on) => set.mutate(!on)} aria-label={t('inbox.taking')} />
      </Tooltip>
      <span className="fp-muted fp-small">{t(there ? 'inbox.there' : 'inbox.away')}</span>
    </span>
  );
}
