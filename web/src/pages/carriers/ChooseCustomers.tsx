import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { carriers } from '../../api/endpoints';
import type { Contact } from '../../api/types';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

interface Props {
  id?: string;
  accountId: string;
  user: string;
  value?: string[];
  onChange?: (ids: string[]) => void;
}

const reachable = (c: Contact) => c.status === 'friend' || c.status === 'half';

/** Some of a member's customers, by name. What is chosen stays chosen while the list is searched. */
export function ChooseCustomers({ id, accountId, user, value = [], onChange }: Props) {
  const { t } = useTranslation();
  const [q, setQ] = useState('');
  const list = useInfiniteQuery({
    queryKey: ['carriers', 'contacts', accountId, 'choose', user],
    queryFn: ({ pageParam }) => carriers.contacts(accountId, { user_id: user, limit: 100, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={3} />;
  const all = list.data.pages.flatMap((p) => p.items).filter(reachable);
  const needle = q.trim().toLowerCase();
  const shown = needle ? all.filter((c) => `${c.name} ${c.remark}`.toLowerCase().includes(needle)) : all;
  const every = shown.length > 0 && shown.every((c) => value.includes(c.external_id));
  const toggle = (ids: string[], on: boolean) => onChange?.(on ? [...new Set([...value, ...ids])] : value.filter((x) => !ids.includes(x)));
  return (
    <div id={id} className="fp-acc-choose" role="group" aria-label={t('carriers.chooseSome')}>
      <div className="fp-card-line">
        <Checkbox checked={every} indeterminate={!every && shown.some((c) => value.includes(c.external_id))} onChange={(e) => toggle(shown.map((c) => c.external_id), e.target.checked)}>
          {t('carriers.allShown')}
        </Checkbox>
        <Input size="small" allowClear value={q} onChange={(e) => setQ(e.target.value)} placeholder={t('carriers.searchLoaded')} aria-label={t('carriers.searchLoaded')} style={{ width: 190 }} />
      </div>
      <ul className="fp-acc-choices" tabIndex={0} aria-label={t('carriers.customers')}>
        {shown.map((c) => (
          <li key={c.external_id}>
            <Checkbox checked={value.includes(c.external_id)} onChange={(e) => toggle([c.external_id], e.target.checked)}>
              {c.name || c.remark || t('customer.nameless')} {c.remark && c.remark !== c.name && <span className="fp-muted fp-small">{c.remark}</span>}
            </Checkbox>
            <TimeText at={c.since} />
          </li>
        ))}
        {shown.length === 0 && <li className="fp-muted">{t('customers.noneTitle')}</li>}
      </ul>
      {list.hasNextPage && (
        <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}
