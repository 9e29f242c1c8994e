import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Grid, Select, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Account, Contact } from '../../api/types';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { ContactHistory } from './ContactHistory';
import { statusesOf } from './contactStatuses';
import { hasMembers } from './kinds';
import { Pager, useCursors } from './Pager';
import { memberName, useMembers } from './useAccounts';

const route = getRouteApi('/shell/accounts/$accountId');
const size = 20;

export function ContactStanding({ contact: c }: { contact: Contact }) {
  const { t } = useTranslation();
  const live = c.status === 'friend' || c.status === 'half' || !c.ended_at;
  return (
    <span className={live ? undefined : 'fp-muted'} data-status={c.status}>
      {t(`carriers.contact_${c.status}`, { defaultValue: c.status })}
      {c.ended_at && (
        <>
          {' '}
          <TimeText at={c.ended_at} />
        </>
      )}
    </span>
  );
}

/** By which way somebody came, as far as the platform tells. */
function Way({ contact: c }: { contact: Contact }) {
  const { t } = useTranslation();
  const way = c.account_kind === 'wecom' ? t(`carriers.addWay.${c.add_way}`, { defaultValue: '' }) : '';
  return (
    <>
      {way}
      {c.state && (
        <span className="fp-muted fp-small fp-break">
          {way && ' · '}
          {c.state}
        </span>
      )}
    </>
  );
}

/** Who is whose friend on an account, and who was. */
export function ContactsTab({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const statuses = statusesOf(a.kind);
  const status = statuses.find((s) => s === search.status);
  const user = search.user || undefined;
  const members = useMembers(hasMembers(a) ? a.id : undefined);
  const at = useCursors(`${a.id} ${status ?? ''} ${user ?? ''}`);
  const list = useQuery({
    queryKey: ['carriers', 'contacts', a.id, status, user, at.cursor],
    queryFn: () => carriers.contacts(a.id, { status, user_id: user, limit: size, cursor: at.cursor }),
    placeholderData: (before) => before,
  });
  const filter = (next: { status?: string; user?: string }) =>
    void navigate({
      to: '/accounts/$accountId',
      params: { accountId: a.id },
      search: { tab: 'contacts', ...(next.status ? { status: next.status } : {}), ...(next.user ? { user: next.user } : {}) },
    });
  const items = list.data?.items ?? [];
  const name = (c: Contact) => (
    <span className="fp-acc-member">
      <Link to="/customers/$personId" params={{ personId: c.person_id }} className="fp-link-row">
        {c.name || c.remark || t('customer.nameless')}
      </Link>
      {c.remark && c.remark !== c.name && <span className="fp-muted fp-small">{t('carriers.remarked', { remark: c.remark })}</span>}
    </span>
  );
  const tags = (c: Contact) => c.tags.map((tag) => <Tag key={tag} variant="filled" className="fp-tag">{tag}</Tag>);
  return (
    <>
      <div className="fp-toolbar">
        {hasMembers(a) && (
          <Select
            allowClear
            showSearch={{ optionFilterProp: 'label' }}
            style={{ width: 200 }}
            placeholder={t('carriers.anyMember')}
            aria-label={t('carriers.member')}
            value={user}
            onChange={(u?: string) => filter({ status, user: u })}
            options={(members.data?.items ?? []).map((m) => ({ value: m.user_id, label: memberName(m) }))}
          />
        )}
        <Select
          allowClear
          style={{ width: 170 }}
          placeholder={t('carriers.anyStatus')}
          aria-label={t('carriers.status')}
          value={status}
          onChange={(s?: string) => filter({ status: s, user })}
          options={statuses.map((s) => ({ value: s, label: t(`carriers.contact_${s}`) }))}
        />
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={8} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {items.length === 0 ? (
            status || user ? (
              <EmptyState title={t('carriers.noSuchContact')} text={t('customers.noneText')} />
            ) : (
              <EmptyState title={t('carriers.noContacts')} text={t(hasMembers(a) ? 'carriers.noContactsSync' : 'carriers.noContactsText')} />
            )
          ) : wide ? (
            <DataTable<Contact>
              rowKey={(c) => `${c.user_id} ${c.external_id}`}
              label={t('carriers.tabContacts')}
              minWidth={900}
              dataSource={items}
              expandable={{ expandedRowRender: (c) => <ContactHistory contact={c} />, columnWidth: 36 }}
              columns={[
                { title: t('carriers.customer'), render: (_, c) => name(c) },
                ...(hasMembers(a) ? [{ title: t('carriers.member'), width: 130, render: (_: unknown, c: Contact) => c.user_name || c.user_id }] : []),
                { title: t('carriers.status'), width: 190, render: (_, c) => <ContactStanding contact={c} /> },
                { title: t('carriers.since'), width: 130, render: (_, c) => (c.since ? <TimeText at={c.since} /> : <span className="fp-muted">{t('carriers.sinceUnknown')}</span>) },
                { title: t('carriers.way'), width: 180, render: (_, c) => <Way contact={c} /> },
                { title: t('carriers.platformTags'), width: 180, render: (_, c) => tags(c) },
              ]}
            />
          ) : (
            <ul className="fp-acc-cards">
              {items.map((c) => (
                <li key={`${c.user_id} ${c.external_id}`} className="fp-acc-card">
                  <span className="fp-card-line">
                    {name(c)}
                    <span className="fp-right">
                      <ContactStanding contact={c} />
                    </span>
                  </span>
                  <span className="fp-muted fp-small">
                    {[c.user_name || c.user_id].filter(Boolean).join('')} {c.since && <TimeText at={c.since} />}
                  </span>
                  <span className="fp-small">
                    <Way contact={c} />
                  </span>
                </li>
              ))}
            </ul>
          )}
          <Pager at={at} size={size} rows={items.length} next={list.data.next_cursor} />
        </div>
      )}
    </>
  );
}
