import { DisconnectOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Grid, type InputRef } from 'antd';
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Details } from '../../api/inbox';
import { useMay } from '../../app/me';
import { isTyping } from '../../lib/typing';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { ArchiveNotice } from './ArchiveNotice';
import { Composer, type ComposerHandle } from './Composer';
import { HelpDialog } from './HelpDialog';
import './inbox.css';
import { ListPane } from './ListPane';
import { SidePanel } from './SidePanel';
import { tabs, useInboxSearch } from './search';
import { InboxProvider, useInbox, useInboxStore, useNow, useThread } from './state/useInbox';
import { ThreadHeader } from './ThreadHeader';
import { ThreadView } from './ThreadView';
import { TogetherView } from './TogetherView';
import { TransferDialog } from './TransferDialog';
import { useActions } from './useActions';

/** One window for all conversations of the brand. */
export function InboxPage() {
  return (
    <InboxProvider>
      <Inbox />
    </InboxProvider>
  );
}

/** How often colleagues are told that one is looking, in milliseconds: it is forgotten after thirty seconds. */
const lookEvery = 10_000;
/** A short break of the line is nothing to tell of, in milliseconds. */
const briefly = 2_000;

function LostBanner() {
  const { t } = useTranslation();
  const store = useInboxStore();
  const lost = useInbox((s) => s.line === 'lost');
  const since = useInbox((s) => s.lostAt);
  const waiting = useInbox((s) => s.outgoing.filter((o) => o.state === 'waiting').length);
  const now = useNow(1_000);
  if (!lost || now - since < briefly) return null;
  return (
    <div className="fp-inbox-lost" role="status" data-line="lost">
      <DisconnectOutlined aria-hidden="true" /> {t('inbox.lost')} {waiting > 0 && t('inbox.lostWaiting', { count: waiting })}
      <Button size="small" onClick={() => store.reconnect()}>
        {t('inbox.reconnect')}
      </Button>
    </div>
  );
}

function Inbox() {
  const { t } = useTranslation();
  const store = useInboxStore();
  const { search, filter, go } = useInboxSearch();
  const actions = useActions();
  const mayWrite = useMay()('inbox.write');
  const wide = Grid.useBreakpoint().xl ?? true;
  const open = search.c;
  const [marked, setMarked] = useState<string>();
  const [help, setHelp] = useState(false);
  const [transferring, setTransferring] = useState(false);
  const [snoozing, setSnoozing] = useState(false);
  const [hidePanel, setHidePanel] = useState(false);
  const composer = useRef<ComposerHandle>(null);
  const searchField = useRef<InputRef>(null);
  const conversation = useInbox((s) => (open ? s.conversations.get(open) : undefined));
  const archived = (conversation?.archived ?? 0) > 0;
  const write = mayWrite && !archived;
  const known = conversation !== undefined;
  const together = search.together === '1' && Boolean(conversation?.person_id);
  const unread = useInbox((s) => s.counts?.unread ?? 0);
  const line = useInbox((s) => s.line);

  useEffect(() => void store.load(filter), [store, filter]);
  useEffect(() => {
    if (open) void store.openThread(open);
    if (open) setMarked(open);
    setTransferring(false);
    setSnoozing(false);
  }, [store, open]);

  // What happened since it was opened changes what can be sent, and who had it.
  const sent = useInbox((s) => (open ? s.threads.get(open)?.items.reduce((n, m) => n + (m.direction === 'out' && m.state !== 'failed' ? 1 : 0), 0) : 0));
  const about = conversation && `${conversation.last_seq} ${conversation.assignee_staff_id} ${sent}`;
  const asked = useRef({ id: open, about });
  useEffect(() => {
    const was = asked.current;
    asked.current = { id: open, about };
    if (!open || was.id !== open || was.about === undefined || was.about === about) return;
    const timer = setTimeout(() => void store.refresh(open), 300);
    return () => clearTimeout(timer);
  }, [store, open, about]);

  // Somebody has named the customer meanwhile.
  const queryClient = useQueryClient();
  const person = conversation && { id: conversation.person_id, name: conversation.person_name };
  useEffect(() => {
    if (!person) return;
    const known = queryClient.getQueryData<{ name: string }>(['person', person.id]);
    if (known && known.name !== person.name) void queryClient.invalidateQueries({ queryKey: ['person', person.id] });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [queryClient, person?.id, person?.name]);

  // Colleagues see who looks.
  useEffect(() => {
    if (!open || !known || archived) return;
    const look = () => {
      if (document.visibilityState === 'visible') void store.look(open, {});
    };
    const hide = () => void store.look(open, document.visibilityState === 'visible' ? {} : { gone: true });
    const leave = () => void store.look(open, { gone: true });
    look();
    const timer = setInterval(look, lookEvery);
    document.addEventListener('visibilitychange', hide);
    window.addEventListener('pagehide', leave);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', hide);
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, [store, open, known, archived, line]);

  useEffect(() => {
    const title = document.title;
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${t('inbox.title')} · Fishpond`;
    return () => {
      document.title = title;
    };
  }, [unread, t]);

  const openOne = useCallback(
    (id: string) => {
      setMarked(id);
      go({ c: id, m: undefined, panel: undefined, together: undefined }, true);
    },
    [go],
  );
  /** Done with one: the next one is opened, so that the hands need not leave the keys. */
  const finish = useCallback(
    async (id: string, act: () => Promise<boolean>) => {
      const { ids } = store.get().list;
      const at = ids.indexOf(id);
      const next = ids[at + 1] ?? ids[at - 1];
      if (!(await act())) return;
      if (store.get().list.ids.includes(id) || at < 0) return;
      setMarked(next);
      go({ c: next, m: undefined });
    },
    [store, go],
  );
  const resolve = useCallback(() => {
    if (!conversation) return;
    if (conversation.status === 'resolved') void actions.reopen(conversation.id);
    else void finish(conversation.id, () => actions.resolve(conversation.id));
  }, [conversation, actions, finish]);

  useEffect(() => {
    let goSince = 0;
    const press = (e: KeyboardEvent) => {
      if (isTyping(e)) return;
      // After g the next letter is a way to another page.
      const going = e.timeStamp - goSince < 1500 && goSince > 0;
      goSince = e.key === 'g' ? e.timeStamp : 0;
      if (going || e.key === 'g') return;
      const { ids } = store.get().list;
      const at = marked ? ids.indexOf(marked) : -1;
      const toggle = () => (wide ? setHidePanel((was) => !was) : go({ panel: search.panel ? undefined : '1' }, !search.panel));
      const one: Record<string, (() => void) | undefined> = {
        j: ids.length ? () => setMarked(ids[Math.min(at + 1, ids.length - 1)]) : undefined,
        k: ids.length ? () => setMarked(ids[Math.max(at - 1, 0)]) : undefined,
        f: () => searchField.current?.focus(),
        '1': () => go({ tab: undefined, q: undefined }),
        '2': () => go({ tab: tabs[1], q: undefined }),
        '3': () => go({ tab: tabs[2], q: undefined }),
        '?': () => setHelp(true),
      };
      const focused = e.target instanceof HTMLElement && e.target.closest('button, a[href]:not(.fp-inbox-row), summary, audio, video') !== null;
      if (marked && marked !== open && !focused) one.Enter = () => openOne(marked);
      if (open && conversation) {
        if (!one.Enter && !focused) one.Enter = () => composer.current?.focus();
        Object.assign(one, { u: () => go({ c: undefined, m: undefined, panel: undefined }), i: toggle });
        if (write)
          Object.assign(one, {
            r: () => composer.current?.focus(),
            n: () => composer.current?.note(),
            a: () => void actions.mine(open),
            t: () => setTransferring(true),
            e: resolve,
            p: () => void actions.pending(open),
            z: () => setSnoozing(true),
          });
      }
      const act = one[e.key];
      if (!act) return;
      e.preventDefault();
      e.stopImmediatePropagation();
      act();
    };
    // Before the console's own keys, whose help is another.
    window.addEventListener('keydown', press, true);
    return () => window.removeEventListener('keydown', press, true);
  }, [store, actions, conversation, go, marked, open, openOne, resolve, search.panel, wide, write]);

  const showPanel = conversation !== undefined && (wide ? !hidePanel : search.panel === '1');
  const state = open ? (search.panel === '1' && !wide ? 'panel' : 'thread') : 'list';
  return (
    <div className="fp-page fp-inbox" data-pane={state} data-line={line} data-wide={wide && showPanel}>
      <LostBanner />
      <ListPane filter={filter} search={search} go={go} marked={marked} onOpen={openOne} searchField={searchField} />
      <section className="fp-inbox-thread" aria-label={t('inbox.thread')}>
        {open ? (
          <OpenThread key={open} id={open}>
            {(c, details) => (
              <>
                <ThreadHeader
                  conversation={c}
                  actions={actions}
                  snoozing={snoozing}
                  onSnoozing={setSnoozing}
                  onTransfer={() => setTransferring(true)}
                  onResolve={resolve}
                  onBack={() => go({ c: undefined, m: undefined, panel: undefined })}
                  onPanel={() => (wide ? setHidePanel(!hidePanel) : go({ panel: '1' }, true))}
                  panel={showPanel}
                  together={together}
                  onTogether={() => go({ together: together ? undefined : '1', m: undefined })}
                />
                {together ? <TogetherView conversation={c} onOpen={(id) => go({ c: id, m: undefined, together: undefined }, true)} /> : <ThreadView conversation={c} jump={search.m} words={search.q} onJumped={() => go({ m: undefined })} onEdit={(o) => composer.current?.edit(o)} />}
                {archived ? <ArchiveNotice conversation={c} details={details} /> : <Composer ref={composer} conversation={c} details={details} />}
                <TransferDialog conversation={c} open={transferring} onClose={() => setTransferring(false)} />
              </>
            )}
          </OpenThread>
        ) : (
          <EmptyState title={t('inbox.choose')} text={t('inbox.chooseText')} />
        )}
      </section>
      {showPanel && conversation.person_id && (
        <aside className="fp-inbox-side" aria-label={t('inbox.panel')}>
          {!wide && (
            <Button type="text" onClick={() => go({ panel: undefined })}>
              ← {t('inbox.backToThread')}
            </Button>
          )}
          <SidePanel key={conversation.person_id} personId={conversation.person_id} conversation={conversation.id} seq={conversation.last_seq} onConversation={openOne} />
        </aside>
      )}
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

/** A conversation that is known, or why it is not. */
function OpenThread({ id, children }: { id: string; children: (c: Conversation, details: Details | undefined) => ReactNode }) {
  const { t } = useTranslation();
  const store = useInboxStore();
  const c = useInbox((s) => s.conversations.get(id));
  const thread = useThread(id);
  const problem = thread.status === 'failed' ? thread.error : undefined;
  // Without its numbers nobody knows where the unread ones begin: the list knows them, or they are asked for.
  if (c && (thread.status !== 'loading' || c.last_seq > 0)) return <>{children(c, thread.details)}</>;
  return (
    <div className="fp-inbox-scroll fp-inbox-pad">
      {problem ? <ProblemView error={problem} onRetry={() => void store.openThread(id, true)} /> : <Loading rows={6} />}
      <Link to="/inbox" search={{}}>
        {t('inbox.back')}
      </Link>
    </div>
  );
}
