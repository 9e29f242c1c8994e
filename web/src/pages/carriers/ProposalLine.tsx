import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Proposal } from '../../api/types';
import { useNotifyProblem } from '../../ui/ProblemView';

/** Decides on a proposal; what was accepted by mistake is taken back. */
export function useDecide() {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const refresh = () => Promise.all(['proposals', 'person', 'persons'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
  const decide = useMutation({
    mutationFn: ({ p, as }: { p: Proposal; as: 'accept' | 'refuse' | 'undo' }) => carriers.decideProposal(p.id, as),
    onSuccess: async (p, { as }) => {
      await refresh();
      if (as === 'accept') {
        notification.success({
          title: t(p.merge_id ? 'carriers.proposalMerged' : 'carriers.proposalNoted'),
          actions: (
            <Button size="small" onClick={() => decide.mutate({ p, as: 'undo' })}>
              {t('common.undo')}
            </Button>
          ),
        });
      }
    },
    onError: notify,
  });
  return decide;
}

/** What was said, and what accepting would do, as a sentence. */
export function ProposalText({ proposal: p, aboutThem = false }: { proposal: Proposal; aboutThem?: boolean }) {
  const { t } = useTranslation();
  const kind = t(`carriers.clue_${p.kind}`, { defaultValue: p.kind });
  return (
    <span>
      {!aboutThem && (
        <>
          <Link to="/customers/$personId" params={{ personId: p.person_id }} className="fp-link-row">
            {p.person_name || t('customer.nameless')}
          </Link>{' '}
        </>
      )}
      {t(p.source === 'form' ? 'carriers.saidInForm' : 'carriers.saidInChat', { kind })} <b className="fp-break">{p.value}</b>
      {t('carriers.comma')}
      {p.candidate_id ? (
        <>
          {t('carriers.belongsTo')}{' '}
          <Link to="/customers/$personId" params={{ personId: p.candidate_id }}>
            {p.candidate_name || t('carriers.someoneElse')}
          </Link>
        </>
      ) : (
        t('carriers.belongsToNobody')
      )}
    </span>
  );
}

export function ProposalButtons({ proposal: p, decide }: { proposal: Proposal; decide: ReturnType<typeof useDecide> }) {
  const { t } = useTranslation();
  const busy = decide.isPending && decide.variables.p.id === p.id;
  const button = (as: 'accept' | 'refuse' | 'undo', label: string) => (
    <Button size="small" type={as === 'accept' ? 'primary' : undefined} disabled={busy} loading={busy && decide.variables.as === as} onClick={() => decide.mutate({ p, as })}>
      {label}
    </Button>
  );
  return (
    <span className="fp-acc-decide">
      {p.status === 'proposed' && (
        <>
          {button('accept', t(p.candidate_id ? 'carriers.acceptMerge' : 'carriers.acceptNote'))}
          {button('refuse', t('carriers.refuse'))}
        </>
      )}
      {p.status === 'accepted' && button('undo', t('common.undo'))}
    </span>
  );
}
