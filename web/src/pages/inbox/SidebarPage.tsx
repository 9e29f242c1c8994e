import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Alert, App, Button, Input } from 'antd';
import { useDeferredValue, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import { inbox, quickReplies, sidebar, type Part, type QuickReply } from '../../api/inbox';
import { asProblem } from '../../api/problem';
import { useMay, useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { dayOf } from '../../lib/zone';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { useNotifyProblem } from '../../ui/ProblemView';
import './inbox.css';
import { OpenChat } from './OpenChat';
import { SidePanel } from './SidePanel';
import { wordsOf } from './state/outbox';
import { insideWecom, openChat, type Chat } from './wecomSdk';

/** The path that the document itself was asked for under. */
function documentPath(): string {
  const [first] = performance.getEntriesByType('navigation');
  return first ? new URL(first.name, location.href).pathname : location.pathname;
}

/** The page that WeCom shows beside a chat; with chat in its address it leads to one. */
export function SidebarPage() {
  const { account = '', person = '', chat }: { account?: string; person?: string; chat?: string } = useSearch({ strict: false });
  if (chat) return <OpenChat account={account} to={chat} foreign={insideWecom() && documentPath() !== '/sidebar'} />;
  return <Beside account={account} person={person} />;
}

/** What is known of the customer whose chat is open, beside that chat in WeCom. */
function Beside({ account, person }: { account: string; person: string }) {
  const { t } = useTranslation();
  const inside = insideWecom() && account !== '';
  // Who had to sign in first is still in that page's document, which may not run the platform's script.
  const foreign = inside && documentPath() !== '/sidebar';
  useEffect(() => {
    if (foreign) location.reload();
  }, [foreign]);
  const chat = useQuery({ queryKey: ['sidebar', account], queryFn: () => openChat(account), enabled: inside && !foreign, retry: false, staleTime: Infinity });
  const external = chat.data?.externalId;
  const found = useQuery({ queryKey: ['sidebar', 'person', external], queryFn: () => sidebar.personOf(account, external!), enabled: Boolean(external), retry: false });
  const id = found.data?.person_id || person;
  return (
    <main className="fp-page fp-sidebar" id="main">
      {chat.isError && <Alert type="warning" showIcon title={t('inbox.sidebar.failed')} description={asProblem(chat.error).detail || chat.error.message} />}
      {id ? (
        <SidePanel key={id} personId={id} top={<Handy person={id} account={account} chat={chat.data} />} />
      ) : (inside && chat.isPending) || (external && found.isPending) ? (
        <Loading rows={8} />
      ) : (
        <EmptyState title={t(external ? 'inbox.sidebar.unknown' : 'inbox.sidebar.nobody')} text={t(external ? 'inbox.sidebar.unknownText' : 'inbox.sidebar.nobodyText')} />
      )}
    </main>
  );
}

/** Quick replies at hand: into the chat where the platform lets us, else copied. */
function Handy({ person, account, chat }: { person: string; account: string; chat: Chat | undefined }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const f = useFormat();
  const me = useMe().staff;
  const may = useMay();
  const notify = useNotifyProblem();
  const [typed, setTyped] = useState('');
  const q = useDeferredValue(typed.trim());
  const replies = useQuery({ queryKey: ['inbox', 'quick', q, account], queryFn: () => quickReplies.find(q, account || undefined, 8), enabled: may('inbox.read'), placeholderData: (was) => was });
  const talks = useQuery({ queryKey: ['inbox', 'answered', person], queryFn: () => inbox.list({ tab: 'all', status: 'all', archive: 'without', person_id: person }), enabled: may('inbox.read') });
  const known = useQuery({ queryKey: ['person', person], queryFn: () => persons.read(person) });
  if (!may('inbox.read')) return null;

  /** The server fills variables in for a conversation; without one, what is known here has to do. */
  const filled = async (r: QuickReply): Promise<Part[]> => {
    const talk = talks.data?.items.find((c) => c.account_id === account) ?? talks.data?.items[0];
    if (talk && may('inbox.write')) return (await quickReplies.use(r.id, talk.id)).items;
    const values: Record<string, string> = { 'person.name': known.data?.name ?? '', 'staff.name': me.name, 'org.account': '', date: dayOf(new Date().toISOString(), f.timeZone) };
    return r.parts.map((p) => ({ ...p, text: p.text?.replace(/\{\{([\w.]+)\}\}/g, (all, name: string) => values[name] ?? all) }));
  };
  const use = async (r: QuickReply) => {
    try {
      const text = wordsOf(await filled(r));
      if (chat) await chat.insert(text);
      else {
        await navigator.clipboard.writeText(text);
        void message.success(t('common.copied'));
      }
    } catch (error) {
      notify(error);
    }
  };
  return (
    <section className="fp-inbox-handy" aria-label={t('inbox.quickReplies')}>
      <Input size="small" allowClear value={typed} placeholder={t('inbox.sidebar.find')} aria-label={t('inbox.sidebar.find')} onChange={(e) => setTyped(e.target.value)} />
      <ul className="fp-list">
        {(replies.data?.items ?? []).map((r) => (
          <li key={r.id}>
            <span className="fp-grow">
              <b>
                <bdi>{r.title}</bdi>
              </b>
              <br />
              <bdi className="fp-muted fp-small fp-inbox-quickline">{wordsOf(r.parts)}</bdi>
            </span>
            <Button size="small" aria-label={t(chat ? 'inbox.sidebar.insertOf' : 'inbox.sidebar.copyOf', { name: r.title })} onClick={() => void use(r)}>
              {t(chat ? 'inbox.sidebar.insert' : 'common.copy')}
            </Button>
          </li>
        ))}
      </ul>
      {replies.data?.items.length === 0 && <p className="fp-muted fp-small">{t('inbox.noQuick')}</p>}
    </section>
  );
}
