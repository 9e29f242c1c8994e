import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import { inbox, type Conversation, type Placed } from '../../api/inbox';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { KindIcon } from '../carriers/kinds';
import { localDay } from './clock';
import { MessageItem } from './MessageItem';
import { useInbox } from './state/useInbox';
import { DayLine } from './ThreadView';

/** So far from the end, in pixels, still counts as being there. */
const nearEnd = 48;

/** What was said with one person over all accounts, in time. It is read here; answers go over the conversation that is open. */
export function TogetherView({ conversation: c, onOpen }: { conversation: Conversation; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const called = useCalled();
  // Whatever happens in one of the person's conversations that are known here is looked for again.
  const moved = useInbox((s) => [...s.conversations.values()].reduce((n, x) => (x.person_id === c.person_id ? n + x.last_seq : n), 0));
  const sent = useInbox((s) => s.threads.get(c.id)?.items.reduce((text, m) => (m.direction === 'out' ? `${text}${m.state.charAt(0)}` : text), '') ?? '');
  const all = useInfiniteQuery({
    queryKey: ['inbox', 'together', c.person_id],
    queryFn: ({ pageParam }) => inbox.together(c.person_id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const { refetch } = all;
  const asked = useRef(`${moved} ${sent}`);
  useEffect(() => {
    if (asked.current === `${moved} ${sent}`) return;
    const timer = setTimeout(() => {
      asked.current = `${moved} ${sent}`;
      void refetch();
    }, 200);
    return () => clearTimeout(timer);
  }, [moved, sent, refetch]);
  const items = useMemo(() => [...(all.data?.pages ?? [])].reverse().flatMap((p) => p.items as Placed[]), [all.data]);
  const frame = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const height = useRef(0);
  const first = items[0]?.id;
  const last = items.at(-1)?.id;
  useLayoutEffect(() => {
    const e = frame.current;
    if (!e) return;
    if (stuck.current) e.scrollTop = e.scrollHeight;
    else if (height.current > 0) e.scrollTop = e.scrollHeight - height.current;
    height.current = 0;
  }, [first, last]);
  if (all.isError)
    return (
      <div className="fp-inbox-scroll fp-inbox-pad">
        <ProblemView error={all.error} onRetry={() => void all.refetch()} />
      </div>
    );
  if (all.isPending)
    return (
      <div className="fp-inbox-scroll">
        <Loading rows={5} />
      </div>
    );
  const older = () => {
    height.current = (frame.current?.scrollHeight ?? 0) - (frame.current?.scrollTop ?? 0);
    stuck.current = false;
    void all.fetchNextPage();
  };
  return (
    <div className="fp-inbox-frame" data-together={c.person_id}>
      <div
        className="fp-inbox-scroll"
        ref={frame}
        tabIndex={0}
        role="log"
        aria-label={t('inbox.together.of', { name: called(c) })}
        onScroll={(e) => {
          const x = e.currentTarget;
          stuck.current = x.scrollHeight - x.scrollTop - x.clientHeight < nearEnd;
        }}
      >
        <div className="fp-inbox-lines">
          {all.hasNextPage ? (
            <div className="fp-inbox-older">
              <Button size="small" type="text" onClick={older} loading={all.isFetchingNextPage}>
                {t('inbox.older')}
              </Button>
            </div>
          ) : (
            <p className="fp-inbox-system">{t('inbox.together.beginning')}</p>
          )}
          {items.map((m, i) => {
            const day = localDay(m.at, f.timeZone);
            return (
              <div key={m.id} className="fp-inbox-together" data-via={m.conversation_id}>
                {(i === 0 || localDay(items[i - 1]!.at, f.timeZone) !== day) && <DayLine at={m.at} />}
                <MessageItem message={m} conversation={m.conversation_id} person={called(c)} write={false} joined={false} lit={false} via={<Via message={m} here={m.conversation_id === c.id} onOpen={onOpen} />} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Over which account a message came or went; those of another conversation lead there. */
function Via({ message: m, here, onOpen }: { message: Placed; here: boolean; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const name = (
    <>
      <KindIcon kind={m.account_kind} /> <bdi>
        {m.account_name || t(`carrier.${m.account_kind}`, { defaultValue: m.account_kind })}
        {m.archived && ` (${t('inbox.archive.word')})`}
      </bdi>
    </>
  );
  if (here) return <span className="fp-inbox-via"> · {name}</span>;
  return (
    <span className="fp-inbox-via">
      {' · '}
      <button type="button" onClick={() => onOpen(m.conversation_id)}>
        {name}
      </button>
    </span>
  );
}
