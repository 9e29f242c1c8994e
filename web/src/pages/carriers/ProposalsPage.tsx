import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Proposal } from '../../api/types';
import { useStaff } from '../../app/useStaff';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { Pager, useCursors } from './Pager';
import { ProposalButtons, ProposalText, useDecide } from './ProposalLine';
import './carriers.css';

const route = getRouteApi('/shell/accounts/proposals');
const statuses = ['proposed', 'accepted', 'refused', 'undone'] as const;
const size = 20;

/** Whom people may be by what they said: staff decide, and may take it back. */
export function ProposalsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const staff = useStaff();
  const search = route.useSearch();
  const status = statuses.find((s) => s === search.status) ?? 'proposed';
  const at = useCursors(status);
  const decide = useDecide();
  const list = useQuery({
    queryKey: ['proposals', status, at.cursor],
    queryFn: () => carriers.proposals({ status, limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
    refetchInterval: 15_000,
  });
  const by = (p: Proposal) => (p.decided_by === 'carrier' ? t('carriers.byItself') : staff.nameOf(p.decided_by));
  return (
    <div className="fp-page">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/accounts">{t('menu.accounts')}</Link>
      </nav>
      <PageHeader title={t('carriers.proposals')} note={t('carriers.proposalsNote')} />
      <div className="fp-toolbar">
        <Segmented
          aria-label={t('carriers.status')}
          value={status}
          onChange={(s) => void navigate({ to: '/accounts/proposals', search: s === 'proposed' ? {} : { status: String(s) } })}
          options={statuses.map((s) => ({ value: s, label: t(`carriers.proposal_${s}`) }))}
        />
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isPlaceholderData}>
          {list.data.items.length === 0 ? (
            <EmptyState title={t('carriers.noProposals')} text={status === 'proposed' ? t('carriers.noProposalsText') : undefined} />
          ) : (
            <ul className="fp-acc-proposals">
              {list.data.items.map((p) => (
                <li key={p.id} data-proposal={p.status}>
                  <span className="fp-grow">
                    <ProposalText proposal={p} />
                    <span className="fp-muted fp-small fp-acc-line">
                      <TimeText at={p.created_at} />
                      {p.decided_at && (
                        <>
                          {' · '}
                          {by(p)} <TimeText at={p.decided_at} />
                        </>
                      )}
                    </span>
                  </span>
                  <ProposalButtons proposal={p} decide={decide} />
                </li>
              ))}
            </ul>
          )}
          <Pager at={at} size={size} rows={list.data.items.length} next={list.data.next_cursor} />
        </div>
      )}
    </div>
  );
}
