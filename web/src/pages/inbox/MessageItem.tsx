import { CheckCircleOutlined, CheckOutlined, ClockCircleOutlined, CloseCircleOutlined, EditOutlined, EyeOutlined, LoadingOutlined, QuestionCircleOutlined, ReloadOutlined, RobotOutlined } from '@ant-design/icons';
import { Button, Popconfirm } from 'antd';
import { memo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/inbox';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useNotifyProblem } from '../../ui/ProblemView';
import { localTime } from './clock';
import { MessageBody } from './MessageParts';
import type { Outgoing } from './state/outbox';
import { useInboxStore } from './state/useInbox';

const signs: Record<string, ReactNode> = {
  queued: <ClockCircleOutlined />,
  sending: <LoadingOutlined />,
  sent: <CheckOutlined />,
  delivered: <CheckCircleOutlined />,
  read: <EyeOutlined />,
  failed: <CloseCircleOutlined />,
  doubtful: <QuestionCircleOutlined />,
};

function useClock() {
  const f = useFormat();
  return (iso: string) => localTime(iso, f.language, f.timeZone);
}

/** What became of a message that we sent, and what can be done about it. */
function State({ message: m, conversation, write }: { message: Message; conversation: string; write: boolean }) {
  const { t } = useTranslation();
  const store = useInboxStore();
  const notify = useNotifyProblem();
  const [busy, setBusy] = useState(false);
  if (!m.state) return null;
  const reason = [...m.attempts].reverse().find((a) => a.reason)?.reason;
  const broken = m.state === 'failed' || m.state === 'doubtful';
  const retry = () => {
    setBusy(true);
    store
      .retry(conversation, m.id)
      .catch(notify)
      .finally(() => setBusy(false));
  };
  const button = (onClick?: () => void) => (
    <Button size="small" icon={<ReloadOutlined />} loading={busy} onClick={onClick}>
      {t('inbox.retry')}
    </Button>
  );
  return (
    <>
      <span className={`fp-inbox-state ${broken ? m.state : ''}`} data-state={m.state}>
        <span aria-hidden="true">{signs[m.state] ?? signs.sent}</span> {t(`inbox.state.${m.state}`, { defaultValue: m.state })}
        {m.attempts.length > 1 && ` · ${t('inbox.attempts', { count: m.attempts.length })}`}
      </span>
      {broken && (
        <span className="fp-inbox-why" role="status">
          {reason && <span>{reason}</span>}
          {write && (m.state === 'doubtful' ? (
            <Popconfirm title={t('inbox.retryDoubtful')} okText={t('inbox.retry')} onConfirm={retry}>
              {button()}
            </Popconfirm>
          ) : (
            button(retry)
          ))}
        </span>
      )}
    </>
  );
}

interface Props {
  message: Message;
  conversation: string;
  person: string;
  write: boolean;
  /** The same side as the one above, shortly after: its head is left out. */
  joined: boolean;
  words?: string;
  lit: boolean;
  /** Over which account it came or went, where several are shown together. */
  via?: ReactNode;
}

export const MessageItem = memo(function MessageItem({ message: m, conversation, person, write, joined, words, lit, via }: Props) {
  const { t } = useTranslation();
  const me = useMe().staff.id;
  const f = useFormat();
  const clock = useClock();
  if (m.direction === 'system')
    return (
      <div className="fp-inbox-system" data-message={m.id}>
        <bdi>{m.text}</bdi> · <time dateTime={m.at}>{clock(m.at)}</time>
      </div>
    );
  const who = m.direction === 'in' ? person : m.sender_kind === 'rule' ? t('inbox.rule') : m.sender_kind === 'system' ? t('inbox.elsewhere') : m.sender_id === me ? t('inbox.me') : m.sender_name;
  return (
    <article className={`fp-inbox-message ${m.direction}${joined ? ' joined' : ''}${lit ? ' lit' : ''}`} data-message={m.id} data-direction={m.direction} data-key={m.key || undefined} aria-label={`${who} ${clock(m.at)}`}>
      {!joined && (
        <header>
          {m.sender_kind === 'rule' && <RobotOutlined aria-hidden="true" />}
          {m.direction === 'note' && <EditOutlined aria-hidden="true" />}
          <bdi>{who}</bdi>
          {m.direction === 'note' && <span> · {t('inbox.noteOnly')}</span>}
          {via}
        </header>
      )}
      <div className="fp-inbox-bubble">
        <MessageBody message={m} words={words} />
      </div>
      <footer>
        {m.hidden && <span className="fp-muted">{t('inbox.archive.hidden')} · </span>}
        <time dateTime={m.at} title={`${f.dateTime(m.at)} (${f.timeZone})`}>
          {clock(m.at)}
        </time>
        {m.direction === 'out' && <State message={m} conversation={conversation} write={write} />}
      </footer>
    </article>
  );
});

/** What was written here and is not yet at the server. */
export function OutgoingItem({ outgoing: o, online, onEdit }: { outgoing: Outgoing; online: boolean; onEdit: (o: Outgoing) => void }) {
  const { t } = useTranslation();
  const store = useInboxStore();
  const clock = useClock();
  const refused = o.state === 'refused';
  const state = refused ? 'refused' : o.state === 'sending' ? 'sending' : online ? 'trying' : 'offline';
  return (
    <article className={`fp-inbox-message ${o.kind === 'note' ? 'note' : 'out'} outgoing`} data-outgoing={o.key} data-state={state} aria-label={t(`inbox.outgoing.${state}`)}>
      <div className="fp-inbox-bubble">
        <MessageBody
          message={{ id: o.key, seq: 0, n: 0, direction: 'out', sender_kind: 'staff', sender_id: '', sender_name: '', type: 'text', parts: o.post.parts ?? [], text: o.post.template ?? '', cut: false, collapsed: 0, hidden: false, state: '', attempts: [], attachments: [], at: o.at }}
        />
      </div>
      <footer>
        <time dateTime={o.at}>{clock(o.at)}</time>
        <span className={`fp-inbox-state ${refused ? 'failed' : ''}`}>
          <span aria-hidden="true">{refused ? signs.failed : o.state === 'sending' ? signs.sending : signs.queued}</span> {t(`inbox.outgoing.${state}`)}
        </span>
        {(refused || o.why) && (
          <span className="fp-inbox-why" role="status">
            {o.why && <span>{o.why}</span>}
          </span>
        )}
        {o.state !== 'sending' && (
          <span className="fp-inbox-why">
            <Button size="small" icon={<ReloadOutlined />} onClick={() => (refused ? store.outbox.retry(o.key) : store.outbox.kick())}>
              {t('inbox.retry')}
            </Button>
            <Button
              size="small"
              onClick={() => {
                store.outbox.drop(o.key);
                onEdit(o);
              }}
            >
              {t('inbox.editAgain')}
            </Button>
          </span>
        )}
      </footer>
    </article>
  );
}
