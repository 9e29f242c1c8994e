import { ArrowDownOutlined } from '@ant-design/icons';
import { App, Button, Spin } from 'antd';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import type { Conversation, Handover, Message } from '../../api/inbox';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { localDay, localTime } from './clock';
import { MessageItem, OutgoingItem } from './MessageItem';
import { micros, unreadFrom } from './state/merge';
import type { Outgoing } from './state/outbox';
import { useInbox, useInboxStore, useThread } from './state/useInbox';

interface Props {
  conversation: Conversation;
  /** A message to show, and the words that it was found by. */
  jump?: string;
  words?: string;
  onJumped: () => void;
  onEdit: (o: Outgoing) => void;
}

/** Messages that follow within this time from the same side share one head, in microseconds. */
const togetherWithin = 3 * 60_000_000;
/** So far from the end, in pixels, still counts as being there. */
const nearEnd = 48;

type Line = { kind: 'day'; key: string; at: string } | { kind: 'unread'; key: string } | { kind: 'handover'; key: string; handover: Handover } | { kind: 'message'; key: string; message: Message; joined: boolean };

/** Everything that is shown, in order: days, what happened to the conversation, messages. */
function linesOf(items: readonly Message[], history: readonly Handover[], from: number | undefined, timeZone: string, whole: boolean): Line[] {
  const out: Line[] = [];
  const first = items[0] ? micros(items[0].at) : 0;
  const handed = [...history].reverse().filter((h) => whole || micros(h.at) >= first);
  let day = '';
  let last: Message | undefined;
  let marked = from === undefined;
  const onDay = (at: string) => {
    const d = localDay(at, timeZone);
    if (d === day) return;
    day = d;
    last = undefined;
    out.push({ kind: 'day', key: `day ${d}`, at });
  };
  const hand = (until: number) => {
    while (handed[0] && micros(handed[0].at) <= until) {
      const h = handed.shift()!;
      onDay(h.at);
      out.push({ kind: 'handover', key: `handover ${h.at}`, handover: h });
      last = undefined;
    }
  };
  for (const m of items) {
    hand(micros(m.at));
    onDay(m.at);
    if (!marked && m.direction === 'in' && m.n > from!) {
      out.push({ kind: 'unread', key: 'unread' });
      marked = true;
      last = undefined;
    }
    const joined = last !== undefined && last.direction === m.direction && last.sender_id === m.sender_id && last.sender_kind === m.sender_kind && micros(m.at) - micros(last.at) < togetherWithin;
    out.push({ kind: 'message', key: m.id, message: m, joined });
    last = m;
  }
  hand(Infinity);
  return out;
}

export function ThreadView({ conversation: c, jump, words, onJumped, onEdit }: Props) {
  const { t } = useTranslation();
  const store = useInboxStore();
  const called = useCalled();
  const { notification } = App.useApp();
  const write = useMay()('inbox.write');
  const f = useFormat();
  const thread = useThread(c.id);
  const all = useInbox((s) => s.outgoing);
  const online = useInbox((s) => s.line === 'on');
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [below, setBelow] = useState(0);
  const [away, setAway] = useState(false);
  const [lit, setLit] = useState('');
  const ready = thread.status === 'ready';

  // Where the unread ones began when the conversation was opened; it stays there while it is looked at.
  const [mark] = useState(() => unreadFrom(c));
  const outgoing = useMemo(() => {
    const here = new Set(thread.items.map((m) => m.key).filter(Boolean));
    return all.filter((o) => o.conversation === c.id && !here.has(o.key));
  }, [all, c.id, thread.items]);
  const lines = useMemo(() => linesOf(thread.items, thread.details?.history ?? [], mark, f.timeZone, thread.older === ''), [thread.items, thread.details?.history, mark, f.timeZone, thread.older]);

  const toEnd = useCallback(() => {
    const e = frame.current;
    if (e) e.scrollTop = e.scrollHeight;
    stuck.current = true;
    setBelow(0);
    setAway(false);
  }, []);

  // The first sight: where the unread ones begin, or the end.
  const placed = useRef(false);
  useLayoutEffect(() => {
    if (!ready || placed.current || !frame.current) return;
    placed.current = true;
    const line = frame.current.querySelector<HTMLElement>('[data-unread-line]');
    if (line && !jump) {
      frame.current.scrollTop = line.offsetTop - 60;
      stuck.current = frame.current.scrollHeight - frame.current.scrollTop - frame.current.clientHeight < nearEnd;
      setAway(!stuck.current);
    } else toEnd();
  }, [ready, jump, toEnd]);

  // New ones: follow them when at the end, count them when not. One's own are followed always.
  const known = useRef({ id: '', at: 0, outgoing: 0 });
  useLayoutEffect(() => {
    if (!ready) return;
    const last = thread.items.at(-1);
    const was = known.current;
    known.current = { id: last?.id ?? '', at: last ? micros(last.at) : 0, outgoing: outgoing.length };
    if (was.id === '' && was.outgoing === 0) return;
    if (outgoing.length > was.outgoing || stuck.current) return toEnd();
    const fresh = thread.items.filter((m) => micros(m.at) > was.at && m.direction === 'in').length;
    if (fresh > 0) setBelow((n) => n + fresh);
  }, [ready, thread.items, outgoing.length, toEnd]);

  // Pictures that load late push the end away: stay there.
  useEffect(() => {
    const e = content.current;
    if (!e) return;
    const watch = new ResizeObserver(() => {
      if (stuck.current && frame.current) frame.current.scrollTop = frame.current.scrollHeight;
    });
    watch.observe(e);
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, [ready]);

  // Older ones appear above; what is looked at stays where it is.
  const height = useRef(0);
  const firstId = thread.items[0]?.id;
  const older = useCallback(() => {
    height.current = (frame.current?.scrollHeight ?? 0) - (frame.current?.scrollTop ?? 0);
    void store.loadOlder(c.id);
  }, [store, c.id]);
  useLayoutEffect(() => {
    const e = frame.current;
    if (!e || height.current === 0 || stuck.current) return;
    e.scrollTop = e.scrollHeight - height.current;
    height.current = 0;
  }, [firstId]);

  const seen = useCallback(() => {
    const e = frame.current;
    if (!e) return;
    stuck.current = e.scrollHeight - e.scrollTop - e.clientHeight < nearEnd;
    setAway(!stuck.current);
    if (stuck.current) setBelow(0);
    if (e.scrollTop < 240 && ready && thread.older && !thread.loadingOlder && placed.current) older();
  }, [ready, thread.older, thread.loadingOlder, older]);

  // A message that was searched for.
  useEffect(() => {
    if (!jump || !ready) return;
    let over = false;
    void store.reach(c.id, jump).then((found) => {
      if (over) return;
      requestAnimationFrame(() => {
        const e = frame.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(jump)}"]`);
        if (found && e) {
          stuck.current = false;
          e.scrollIntoView({ block: 'center' });
          setLit(jump);
        } else notification.info({ key: 'far', title: t('inbox.tooFar') });
        onJumped();
      });
    });
    return () => {
      over = true;
    };
    // onJumped changes with the address; the jump is made once for each message.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [jump, ready, c.id]);

  // Read is what was in sight at the end of the thread while somebody looked.
  const latest = useMemo(() => Math.max(0, ...thread.items.map((m) => (m.direction === 'in' ? m.n : 0))), [thread.items]);
  const told = useRef(0);
  useEffect(() => {
    if (!ready || latest === 0 || c.unread === 0) return;
    const tell = () => {
      if (document.visibilityState !== 'visible' || !stuck.current || (told.current >= latest && c.unread === 0)) return;
      told.current = latest;
      store.markRead(c.id, latest).catch(() => {
        told.current = 0; // said again with the next one, or when the line is back
      });
    };
    const timer = setTimeout(tell, 250);
    document.addEventListener('visibilitychange', tell);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', tell);
    };
  }, [ready, latest, c.id, c.unread, away, store, online]);

  if (thread.status === 'failed')
    return (
      <div className="fp-inbox-scroll fp-inbox-pad">
        <ProblemView error={thread.error} onRetry={() => void store.openThread(c.id, true)} />
      </div>
    );
  if (!ready)
    return (
      <div className="fp-inbox-scroll">
        <Loading rows={5} />
      </div>
    );
  return (
    <div className="fp-inbox-frame">
      <div className="fp-inbox-scroll" ref={frame} onScroll={seen} tabIndex={0} role="log" aria-label={t('inbox.messagesOf', { name: called(c) })} data-at-end={!away}>
        <div ref={content} className="fp-inbox-lines">
          {thread.older && (
            <div className="fp-inbox-older">
              <Button size="small" type="text" onClick={older} disabled={thread.loadingOlder} icon={thread.loadingOlder ? <Spin size="small" /> : undefined}>
                {t('inbox.older')}
              </Button>
            </div>
          )}
          {!thread.older && thread.items.length > 0 && <p className="fp-inbox-system">{t('inbox.beginning')}</p>}
          {lines.map((l) =>
            l.kind === 'message' ? (
              <MessageItem key={l.key} message={l.message} conversation={c.id} person={called(c)} write={write} joined={l.joined} words={l.message.id === lit ? words : undefined} lit={l.message.id === lit} />
            ) : l.kind === 'day' ? (
              <DayLine key={l.key} at={l.at} />
            ) : l.kind === 'unread' ? (
              <div key={l.key} className="fp-inbox-unread" data-unread-line role="separator">
                <span>{t('inbox.unreadLine')}</span>
              </div>
            ) : (
              <HandoverLine key={l.key} handover={l.handover} />
            ),
          )}
          {outgoing.map((o) => (
            <OutgoingItem key={o.key} outgoing={o} online={online} onEdit={onEdit} />
          ))}
        </div>
      </div>
      {away && (
        <Button className="fp-inbox-pill" shape="round" type={below > 0 ? 'primary' : 'default'} icon={<ArrowDownOutlined />} onClick={toEnd} aria-live="polite">
          {below > 0 ? t('inbox.newMessages', { count: below }) : t('inbox.toEnd')}
        </Button>
      )}
    </div>
  );
}

export function DayLine({ at }: { at: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const day = localDay(at, f.timeZone);
  const today = localDay(Date.now(), f.timeZone);
  const yesterday = localDay(Date.now() - 86_400_000, f.timeZone);
  return (
    <div className="fp-inbox-day">
      <span>{day === today ? t('inbox.today') : day === yesterday ? t('inbox.yesterday') : f.date(at)}</span>
    </div>
  );
}

function HandoverLine({ handover: h }: { handover: Handover }) {
  const { t } = useTranslation();
  const f = useFormat();
  const names = { to: h.staff_name, from: h.from_name, team: h.team_name || t('inbox.handover.someTeam') };
  const said = h.team_id ? t(h.from_staff_id ? 'inbox.handover.movedToTeam' : 'inbox.handover.toTeam', names) : !h.staff_id ? t('inbox.handover.back', names) : h.from_staff_id ? t('inbox.handover.moved', names) : h.by === 'staff' && h.by_id === h.staff_id ? t('inbox.handover.took', names) : t('inbox.handover.given', names);
  return (
    <div className="fp-inbox-system" data-handover={h.staff_id}>
      {said}
      {h.by === 'desk' && ` · ${t('inbox.handover.desk')}`} · <time dateTime={h.at}>{localTime(h.at, f.language, f.timeZone)}</time>
    </div>
  );
}
