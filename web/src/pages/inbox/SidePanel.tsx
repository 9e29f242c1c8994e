import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Tabs } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import { inbox, type Conversation } from '../../api/inbox';
import type { Person, TimelineEvent } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { itemsOf } from '../../lib/sentences';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { MoneyText, StageTag, TimeText } from '../../ui/values';
import { KindIcon } from '../carriers/kinds';
import { ContactsCard } from '../customer/ContactsCard';
import { NotesTab } from '../customer/NotesTab';
import { ProfileCard } from '../customer/ProfileCard';
import { TagsCard } from '../customer/TagsCard';
import { TimelineTab } from '../customer/TimelineTab';
import { TraitsCard } from '../customer/TraitsCard';
import '../customer/customer.css';

interface Props {
  personId: string;
  /** Which conversation is open beside it. */
  conversation?: string;
  /** Grows as something is said there. */
  seq?: number;
  onConversation?: (id: string) => void;
  /** What else can be done here, above everything. */
  top?: ReactNode;
}

/** Who one is talking with: everything worth knowing, to be changed where it stands. */
export function SidePanel({ personId, conversation, seq, onConversation, top }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const person = useQuery({ queryKey: ['person', personId], queryFn: () => persons.read(personId) });
  if (person.isPending) return <Loading rows={8} />;
  if (person.isError)
    return (
      <div className="fp-inbox-pad">
        <ProblemView error={person.error} onRetry={() => void person.refetch()} />
      </div>
    );
  const p = person.data;
  const write = may('pool.write');
  return (
    <div className="fp-inbox-person" data-person={p.id}>
      {top}
      <header>
        <h2>
          <Link to="/customers/$personId" params={{ personId: p.id }}>
            <bdi>{p.name || t('customer.nameless')}</bdi>
          </Link>
        </h2>
        <StageTag stage={p.stage} />
      </header>
      <Figures person={p} />
      <Tabs
        size="small"
        destroyOnHidden
        items={[
          {
            key: 'who',
            label: t('inbox.side.who'),
            children: (
              <div className="fp-stack">
                <TagsCard person={p} write={write} />
                <TraitsCard person={p} write={write} />
                <section className="fp-inbox-notes" aria-label={t('customer.notes')}>
                  <h3>{t('customer.notes')}</h3>
                  <NotesTab personId={p.id} write={write} />
                </section>
                <ProfileCard person={p} write={write} />
                <ContactsCard personId={p.id} />
              </div>
            ),
          },
          { key: 'orders', label: t('inbox.side.orders'), children: <Orders personId={p.id} /> },
          { key: 'timeline', label: t('inbox.side.timeline'), children: <TimelineTab personId={p.id} /> },
          { key: 'talks', label: t('inbox.side.talks'), children: <Talks personId={p.id} open={conversation} seq={seq} onOpen={onConversation} /> },
        ]}
      />
    </div>
  );
}

function Figures({ person: p }: { person: Person }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <dl className="fp-inbox-figures">
      <div>
        <dt>{t('field.gmv')}</dt>
        <dd>
          <MoneyText minor={p.gmv_minor} currency={p.currency} />
        </dd>
      </div>
      <div>
        <dt>{t('field.orders')}</dt>
        <dd className="fp-num">{f.number(p.orders)}</dd>
      </div>
      <div>
        <dt>{t('field.lastOrder')}</dt>
        <dd>
          <TimeText at={p.last_order_at} />
        </dd>
      </div>
    </dl>
  );
}

/** What they bought and gave back, the latest first. */
function Orders({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const orders = useInfiniteQuery({
    queryKey: ['person', personId, 'timeline', 'order.paid', 'short'],
    queryFn: ({ pageParam }) => persons.timeline(personId, { kind: 'order.paid', limit: 10, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const all = orders.data?.pages.flatMap((p) => p.items) ?? [];
  if (orders.isError) return <ProblemView error={orders.error} onRetry={() => void orders.refetch()} />;
  if (orders.isPending) return <Loading rows={4} />;
  if (all.length === 0) return <p className="fp-muted">{t('inbox.side.noOrders')}</p>;
  return (
    <>
      <ul className="fp-list">
        {all.map((e) => (
          <OrderLine key={e.id} event={e} />
        ))}
      </ul>
      {orders.hasNextPage && (
        <Button block size="small" loading={orders.isFetchingNextPage} onClick={() => void orders.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </>
  );
}

function OrderLine({ event }: { event: TimelineEvent }) {
  const data = (event.data ?? {}) as { order_id?: string; amount_minor?: number; currency?: string };
  const items = itemsOf(data as Record<string, unknown>);
  return (
    <li>
      <span className="fp-grow">
        <bdi>{items.map((i) => `${i.name || i.sku} × ${i.quantity}`).join('，') || data.order_id}</bdi>
        <br />
        <span className="fp-muted fp-small">
          <TimeText at={event.occurred_at} /> {data.order_id && <bdi>· {data.order_id}</bdi>}
        </span>
      </span>
      <MoneyText minor={data.amount_minor ?? 0} currency={data.currency} />
    </li>
  );
}

/** The same person over all accounts. */
function Talks({ personId, open, seq, onOpen }: { personId: string; open?: string; seq?: number; onOpen?: (id: string) => void }) {
  const { t } = useTranslation();
  const read = useMay()('inbox.read');
  const all = useQuery({ queryKey: ['inbox', 'of', personId, seq], queryFn: () => inbox.list({ tab: 'all', status: 'all', person_id: personId }), enabled: read, placeholderData: (was) => was });
  if (all.isError) return <ProblemView error={all.error} onRetry={() => void all.refetch()} />;
  if (all.isPending) return <Loading rows={2} />;
  if (all.data.items.length === 0) return <p className="fp-muted">{t('inbox.side.noTalks')}</p>;
  return (
    <ul className="fp-list">
      {all.data.items.map((c) => (
        <li key={c.id} data-talk={c.id}>
          <KindIcon kind={c.account_kind} named />
          <span className="fp-grow">
            <Talk conversation={c} open={c.id === open} onOpen={onOpen} />
            <br />
            <span className="fp-muted fp-small">
              {c.archived > 0 ? t('inbox.archive.row', { count: c.archived }) : <bdi>{c.last_text}</bdi>} · <TimeText at={c.last_at} />
            </span>
          </span>
          <span className="fp-muted fp-small">{t(c.archived > 0 ? 'inbox.archive.readOnly' : `inbox.status.${c.status}`)}</span>
        </li>
      ))}
    </ul>
  );
}

function Talk({ conversation: c, open, onOpen }: { conversation: Conversation; open: boolean; onOpen?: (id: string) => void }) {
  const { t } = useTranslation();
  if (open || !onOpen) return <b>{c.account_name}{open && ` ${t('inbox.side.here')}`}</b>;
  return (
    <Button type="link" size="small" className="fp-event-more" onClick={() => onOpen(c.id)}>
      {c.account_name}
    </Button>
  );
}
