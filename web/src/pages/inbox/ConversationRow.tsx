import { BellOutlined, ClockCircleOutlined, ExclamationCircleFilled, FireOutlined, TeamOutlined, UserOutlined } from '@ant-design/icons';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import type { Conversation } from '../../api/inbox';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { KindIcon } from '../carriers/kinds';
import { shortTime } from './clock';
import { lengthOf, urgency } from './search';
import { useInbox } from './state/useInbox';

/** How long somebody has waited: in words, with a sign, and only then in colour. */
export function WaitText({ since, now }: { since: string | null; now: number }) {
  const { t } = useTranslation();
  const how = urgency(since, now);
  if (!how || !since) return null;
  const { unit, count } = lengthOf(now - Date.parse(since));
  return (
    <span className={`fp-inbox-wait ${how}`} data-wait={how}>
      {how === 'late' ? <ExclamationCircleFilled aria-label={t('inbox.late')} role="img" /> : <ClockCircleOutlined aria-hidden="true" />} {unit === 'minutes' && count === 0 ? t('inbox.justNow') : t(`inbox.waits.${unit}`, { count })}
    </span>
  );
}

/** What a list shows of the last message: who said it, and its words or its kind. */
export function LastWords({ conversation: c }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const failed = useInbox((s) => s.threads.get(c.id)?.items.at(-1)?.state === 'failed');
  const waiting = useInbox((s) => s.outgoing.some((o) => o.conversation === c.id));
  if (c.archived > 0) return <span className="fp-inbox-words">{t('inbox.archive.row', { count: c.archived })}</span>;
  const kind = c.last_type && c.last_type !== 'text' && !c.last_text ? t(`inbox.type.${c.last_type}`, { defaultValue: t('inbox.type.other') }) : '';
  return (
    <span className="fp-inbox-words">
      {waiting && <em>{t('inbox.unsent')} </em>}
      {failed && <em>{t('inbox.state.failed')} </em>}
      {c.last_direction === 'out' && !waiting && `${t('inbox.we')} `}
      <bdi>{c.last_text || kind}</bdi>
    </span>
  );
}

interface Props {
  id: string;
  href: string;
  open: boolean;
  marked: boolean;
  now: number;
  onOpen: (id: string) => void;
}

export const ConversationRow = memo(function ConversationRow({ id, href, open, marked, now, onOpen }: Props) {
  const { t } = useTranslation();
  const me = useMe().staff.id;
  const called = useCalled();
  const f = useFormat();
  const c = useInbox((s) => s.conversations.get(id));
  if (!c) return null;
  return (
    <a
      href={href}
      className={`fp-inbox-row${open ? ' open' : ''}${marked ? ' marked' : ''}${c.unread > 0 ? ' unread' : ''}`}
      aria-current={open ? 'true' : undefined}
      data-conversation={id}
      data-unread={c.unread}
      onClick={(e) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
        e.preventDefault();
        onOpen(id);
      }}
    >
      <span className="fp-inbox-line">
        <KindIcon kind={c.account_kind} named />
        <b className="fp-inbox-name">
          <bdi>{called(c)}</bdi>
        </b>
        {c.priority > 1 && <FireOutlined role="img" aria-label={t(`inbox.priority.${c.priority}`)} className="fp-inbox-urgent" />}
        <time dateTime={c.last_at ?? undefined} className="fp-muted fp-small">
          {c.last_at && shortTime(c.last_at, now, f.language, f.timeZone)}
        </time>
      </span>
      <span className="fp-inbox-line">
        <LastWords conversation={c} />
        {c.unread > 0 && (
          <span className="fp-inbox-badge" aria-label={t('inbox.unreadCount', { count: c.unread })}>
            {c.unread > 99 ? '99+' : c.unread}
          </span>
        )}
      </span>
      <span className="fp-inbox-line fp-small">
        <WaitText since={c.waiting_since} now={now} />
        {c.status !== 'open' && <span className="fp-muted">{t(`inbox.status.${c.status}`)}</span>}
        {c.handed_over && (
          <span className="fp-inbox-asked">
            <BellOutlined aria-hidden="true" /> {t('inbox.handedOver')}
          </span>
        )}
        <span className="fp-muted fp-inbox-whose">
          {c.archived > 0 ? (
            <>
              <UserOutlined aria-hidden="true" /> {c.assignee_staff_id === me ? t('inbox.mineShort') : c.assignee_name}
            </>
          ) : c.assignee_staff_id ? (
            <>
              <UserOutlined aria-hidden="true" /> {c.assignee_staff_id === me ? t('inbox.mineShort') : c.assignee_name}
            </>
          ) : c.team_id ? (
            <>
              <TeamOutlined aria-hidden="true" /> {c.team_name}
            </>
          ) : (
            t('inbox.nobody')
          )}
        </span>
      </span>
    </a>
  );
});
