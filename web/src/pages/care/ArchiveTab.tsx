import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Grid, Input, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { archive as api, type ArchivedMessage, type Thread } from '../../api/care';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { useListKeys } from '../../ui/useListKeys';
import { TimeText } from '../../ui/values';
import { ArchiveExport } from './ArchiveExport';
import { useCareSearch } from './useCareSearch';

/** What staff and customers said, to be read and never changed. */
export function ArchiveTab() {
  const { t } = useTranslation();
  const wide = Grid.useBreakpoint().md ?? true;
  const staff = useStaff();
  const { search, go } = useCareSearch('archive');
  const q = search.q?.trim() ?? '';
  const filter = { ...(search.staff ? { staff_id: search.staff } : {}), ...(search.person ? { person_id: search.person } : {}) };
  const threads = useInfiniteQuery({
    queryKey: ['care', 'threads', filter],
    queryFn: ({ pageParam }) => api.threads({ ...filter, limit: 30, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    enabled: !q,
    staleTime: 30_000,
  });
  const found = useInfiniteQuery({
    queryKey: ['care', 'found', q, filter],
    queryFn: ({ pageParam }) => api.search({ ...filter, q, limit: 20, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    enabled: Boolean(q),
    staleTime: 30_000,
  });
  const list = q ? found : threads;
  const rows = q
    ? (found.data?.pages ?? []).flatMap((p) => p.items ?? []).map((m) => ({ key: m.id, thread: m.thread, text: m.text, at: m.at, message: m.id }))
    : (threads.data?.pages ?? []).flatMap((p) => p.items ?? []).map((x) => ({ key: x.id, thread: x, text: t('care.archive.messages', { count: x.messages }), at: x.last_at, message: undefined }));
  const active = useListKeys(rows.length, (i) => go({ thread: rows[i]?.thread.id, at: rows[i]?.message }));
  const showList = wide || !search.thread;
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search key={q} data-search className="fp-care-search" allowClear defaultValue={q} placeholder={t('care.archive.search')} aria-label={t('care.archive.search')} maxLength={200} onSearch={(v) => go({ q: v, thread: undefined, at: undefined })} />
        <Select
          className="fp-filter"
          value={search.staff ?? ''}
          aria-label={t('care.any.staff')}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          onChange={(v: string) => go({ staff: v, thread: undefined, at: undefined })}
          options={[{ value: '', label: t('care.any.staff') }, ...staff.list.map((s) => ({ value: s.id, label: s.name }))]}
        />
        <span className="fp-muted fp-small">{t('care.archive.audited')}</span>
        <span className="fp-end">
          <ArchiveExport filter={filter} of={search.staff ? t('care.archive.exportOf', { name: staff.nameOf(search.staff) }) : t('care.archive.exportAll')} />
        </span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : rows.length === 0 ? (
        q ? <EmptyState title={t('care.archive.none')} /> : <EmptyState title={t('care.archive.empty')} text={t('care.archive.emptyText')} action={<Link to="/care" search={{ tab: 'settings' }}>{t('care.tab.settings')}</Link>} />
      ) : (
        <div className="fp-care-archive">
          {showList && (
            <nav aria-label={t('care.archive.thread')}>
              <ul className="fp-list">
                {rows.map((r, i) => (
                  <li key={r.key} className={i === active ? 'fp-row-active' : ''}>
                    <button type="button" className="fp-care-open" aria-current={q ? r.message === search.at : r.thread.id === search.thread} onClick={() => go({ thread: r.thread.id, at: r.message })}>
                      <b>{nameOf(r.thread, t)}</b> <span className="fp-muted">· {r.thread.staff_name || r.thread.user_id}</span>
                      <div className="fp-care-line fp-small">{r.text}</div>
                      <span className="fp-muted fp-small">
                        <TimeText at={r.at} />
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
              {list.hasNextPage && (
                <Button block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('care.more')}
                </Button>
              )}
            </nav>
          )}
          {search.thread ? (
            <ThreadView key={`${search.thread} ${search.at ?? ''}`} id={search.thread} at={search.at} onBack={wide ? undefined : () => go({ thread: undefined, at: undefined })} onEnd={() => go({ at: undefined })} />
          ) : (
            wide && <EmptyState title={t('care.archive.choose')} />
          )}
        </div>
      )}
    </>
  );
}

function nameOf(thread: Thread, t: (key: string, values?: Record<string, string>) => string): string {
  return thread.person_name || (thread.room_id ? t('care.archive.room', { id: thread.room_id }) : thread.external_id) || t('care.unknown');
}

interface ThreadProps {
  id: string;
  /** A message that is looked for: the part around it is shown. */
  at?: string;
  onBack?: () => void;
  /** To the end of the conversation. */
  onEnd: () => void;
}

function ThreadView({ id, at, onBack, onEnd }: ThreadProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const [revealed, setRevealed] = useState(false);
  const read = useInfiniteQuery({
    queryKey: ['care', 'thread', id, at, revealed],
    queryFn: ({ pageParam }) => api.messages(id, { limit: 50, ...(pageParam ? { cursor: pageParam } : at ? { around: at } : {}), reveal: revealed }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    getPreviousPageParam: (first) => first.newer_cursor || undefined,
    staleTime: 60_000,
  });
  const found = useRef<HTMLLIElement>(null);
  const there = read.isSuccess;
  useEffect(() => {
    if (there) found.current?.scrollIntoView({ block: 'center' });
  }, [there, revealed]);
  if (read.isError) return <ProblemView error={read.error} onRetry={() => void read.refetch()} />;
  if (read.isPending) return <Loading rows={6} />;
  const thread = read.data.pages[0]!.thread;
  const messages = read.data.pages.flatMap((p) => p.items ?? []).reverse();
  const body = (m: ArchivedMessage) =>
    m.amount_minor > 0 ? `${t(`care.archive.type.${m.type}`, { defaultValue: t('care.archive.type.transfer') })} ${f.money(m.amount_minor, m.currency)}` : m.text || t(`care.archive.type.${m.type}`, { defaultValue: t('care.archive.type.other') });
  return (
    <section className="fp-care-thread" aria-label={t('care.archive.thread')}>
      <header>
        {onBack && (
          <Button size="small" onClick={onBack}>
            {t('care.archive.back')}
          </Button>
        )}
        <b>{thread.person_id ? <Link to="/customers/$personId" params={{ personId: thread.person_id }}>{nameOf(thread, t)}</Link> : nameOf(thread, t)}</b>
        <span className="fp-muted">
          {thread.staff_name || thread.user_id} · {t('care.archive.messages', { count: thread.messages })}
        </span>
        {!revealed && messages.some((m) => m.hidden) && (
          <Button size="small" type="link" title={t('care.revealHelp')} onClick={() => setRevealed(true)}>
            {t('care.reveal')}
          </Button>
        )}
      </header>
      {read.hasNextPage && (
        <Button block loading={read.isFetchingNextPage} onClick={() => void read.fetchNextPage()}>
          {t('care.archive.earlier')}
        </Button>
      )}
      <ol>
        {messages.map((m) => (
          <li key={m.id} ref={m.id === at ? found : undefined} data-found={m.id === at || undefined} className={`${m.direction === 'out' ? 'out' : 'in'}${m.id === at ? ' found' : ''}`}>
            <p className="fp-said">{body(m)}</p>
            <span className="fp-muted fp-small">
              {m.direction === 'out' ? thread.staff_name || m.sender_id : nameOf(thread, t)} · {f.dateTime(m.at)}
            </span>
          </li>
        ))}
      </ol>
      {read.hasPreviousPage && (
        <Button block loading={read.isFetchingPreviousPage} onClick={() => void read.fetchPreviousPage()}>
          {t('care.archive.later')}
        </Button>
      )}
      {at && (
        <Button block type="link" onClick={onEnd}>
          {t('care.archive.toEnd')}
        </Button>
      )}
    </section>
  );
}

/** Asks the sidecar now. */
export function usePull(onDone: () => Promise<unknown>, onError: (e: unknown) => void) {
  return useMutation({ mutationFn: api.pull, onSuccess: onDone, onError });
}
