import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Card } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Contact } from '../../api/types';
import { useMay } from '../../app/me';
import { useStaff } from '../../app/useStaff';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { DayText, TimeText } from '../../ui/values';
import { HistoryList } from '../carriers/ContactHistory';
import { KindIcon } from '../carriers/kinds';
import { ProposalButtons, ProposalText, useDecide } from '../carriers/ProposalLine';
import '../carriers/carriers.css';

/** Through whom the person can be reached, through whom no more, and how that ended. */
export function ContactsCard({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const ties = useQuery({ queryKey: ['person', personId, 'contacts'], queryFn: () => carriers.contactsOf(personId) });
  return (
    <Card title={t('carriers.ties')}>
      {may('carrier.link') && <OpenProposals personId={personId} />}
      {ties.isError ? (
        <ProblemView error={ties.error} onRetry={() => void ties.refetch()} />
      ) : ties.isPending ? (
        <Loading rows={2} />
      ) : ties.data.items.length === 0 ? (
        <span className="fp-muted">{t('carriers.noTies')}</span>
      ) : (
        <ul className="fp-list fp-acc-ties">
          {ties.data.items.map((c) => (
            <Tie key={`${c.account_id} ${c.user_id} ${c.external_id}`} tie={c} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** What the person said of themselves and nobody has decided upon. */
function OpenProposals({ personId }: { personId: string }) {
  const decide = useDecide();
  const open = useQuery({ queryKey: ['proposals', 'of', personId], queryFn: () => carriers.proposals({ person_id: personId, status: 'proposed', limit: 20 }) });
  // Advice only: where it cannot be had, the page is whole without.
  if (!open.data?.items.length) return null;
  return (
    <ul className="fp-acc-proposals inset">
      {open.data.items.map((p) => (
        <li key={p.id} data-proposal={p.status}>
          <ProposalText proposal={p} aboutThem />
          <ProposalButtons proposal={p} decide={decide} />
        </li>
      ))}
    </ul>
  );
}

function Tie({ tie: c }: { tie: Contact }) {
  const { t } = useTranslation();
  const may = useMay();
  const staff = useStaff();
  const [open, setOpen] = useState(false);
  const here = staff.nameOf(c.staff_id);
  const member = c.user_name || c.user_id;
  const history = c.history ?? [];
  return (
    <li data-tie={c.status}>
      <KindIcon kind={c.account_kind} named />
      <span className="fp-grow">
        <b>{member || c.account_name}</b>
        {here && here !== member && <span className="fp-muted"> {t('carriers.isHere', { name: here })}</span>}
        <span className="fp-muted fp-small fp-acc-line">
          {may('carrier.read') ? (
            <Link to="/accounts/$accountId" params={{ accountId: c.account_id }} search={{}}>
              {c.account_name}
            </Link>
          ) : (
            c.account_name
          )}
          {c.since && (
            <>
              {' · '}
              {t('carriers.sinceDay')} <DayText at={c.since} />
            </>
          )}
          {c.remark && ` · ${t('carriers.remarked', { remark: c.remark })}`}
        </span>
        {history.length > 1 && (
          <Button type="link" size="small" className="fp-event-more" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t(open ? 'carriers.hideHistory' : 'carriers.showHistory', { count: history.length })}
          </Button>
        )}
        {open && <HistoryList history={history} />}
      </span>
      <span className={c.ended_at ? 'fp-muted fp-right' : 'fp-yes fp-right'}>
        {t(`carriers.contact_${c.status}`, { defaultValue: c.status })}
        {c.ended_at && (
          <>
            <br />
            <TimeText at={c.ended_at} />
          </>
        )}
      </span>
    </li>
  );
}
