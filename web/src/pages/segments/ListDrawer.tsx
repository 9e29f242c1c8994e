import { CloseOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Drawer, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lists } from '../../api/endpoints';
import type { PersonList } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { inRequests, readPeople, type People } from '../../lib/segmentPeople';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { StageTag } from '../../ui/values';

interface Props {
  list: PersonList;
  write: boolean;
  onClose: () => void;
  onChanged: () => Promise<void>;
}

/** Who is on a list; more are added by pasting phones, addresses or ids. */
export function ListDrawer({ list, write, onClose, onChanged }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [text, setText] = useState('');
  const key = ['lists', list.id, 'persons'];
  const people = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => lists.persons(list.id, { limit: 50, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: key });
    await onChanged();
  };
  const add = useMutation({
    mutationFn: async (people: People) => {
      const all = { added: 0, unknown: [] as string[] };
      for (const body of inRequests(people)) {
        const done = await lists.change(list.id, body);
        all.added += done.added;
        all.unknown.push(...done.unknown);
      }
      return all;
    },
    onError: notify,
    // What was not found stays in the field, to be corrected.
    onSuccess: (done) => setText(done.unknown.join('\n')),
    onSettled: refresh,
  });
  const remove = useMutation({ mutationFn: (id: string) => lists.change(list.id, { remove: [id] }), onError: notify, onSuccess: refresh });
  const found = readPeople(text);
  const count = found.add.length + found.identities.length;
  const done = add.data;
  const rows = people.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Drawer open size={520} title={list.name} onClose={onClose} extra={<span className="fp-muted fp-num">{t('segments.people', { count: list.size, number: f.number(list.size) })}</span>}>
      <div className="fp-stack">
        {write && (
          <div className="fp-seg-paste">
            <label className="fp-stack-label">
              {t('lists.paste')}
              <Input.TextArea
                value={text}
                rows={4}
                maxLength={200_000}
                placeholder={t('lists.pastePlaceholder')}
                onChange={(e) => {
                  setText(e.target.value);
                  add.reset();
                }}
              />
            </label>
            <div className="fp-card-line">
              <span className="fp-muted fp-small">{t('lists.pasteHelp')}</span>
              <Button type="primary" disabled={count === 0} loading={add.isPending} onClick={() => add.mutate(found)}>
                {t('lists.add', { count, number: f.number(count) })}
              </Button>
            </div>
            {done && (
              <Alert
                showIcon
                type={done.unknown.length > 0 ? 'warning' : 'success'}
                title={t('lists.added', { count: done.added, number: f.number(done.added) })}
                description={done.unknown.length > 0 ? t('lists.unknown', { count: done.unknown.length, number: f.number(done.unknown.length) }) : undefined}
              />
            )}
          </div>
        )}
        {people.isError ? (
          <ProblemView error={people.error} onRetry={() => void people.refetch()} />
        ) : people.isPending ? (
          <Loading rows={5} />
        ) : rows.length === 0 ? (
          <span className="fp-muted">{t('lists.nobody')}</span>
        ) : (
          <ul className="fp-list">
            {rows.map((p) => (
              <li key={p.id}>
                <span className="fp-grow">
                  <Link to="/customers/$personId" params={{ personId: p.id }}>
                    {p.name || t('customer.nameless')}
                  </Link>{' '}
                  <span className="fp-muted">{p.region}</span>
                </span>
                <StageTag stage={p.stage} />
                {write && (
                  <Button
                    size="small"
                    type="text"
                    icon={<CloseOutlined />}
                    aria-label={t('lists.takeOff', { name: p.name || t('customer.nameless') })}
                    onClick={() => remove.mutate(p.id)}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
        {people.hasNextPage && (
          <Button loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
            {t('common.more')}
          </Button>
        )}
      </div>
    </Drawer>
  );
}
