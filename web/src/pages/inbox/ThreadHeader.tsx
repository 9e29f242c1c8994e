import { ArrowLeftOutlined, CheckOutlined, DownOutlined, EllipsisOutlined, EyeOutlined, FieldTimeOutlined, LoadingOutlined, MergeCellsOutlined, MoreOutlined, ProfileOutlined, SwapOutlined, UserAddOutlined } from '@ant-design/icons';
import { Button, DatePicker, Dropdown, Modal, Tooltip } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import type { Conversation, Presence } from '../../api/inbox';
import { useMay, useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { KindIcon } from '../carriers/kinds';
import { WaitText } from './ConversationRow';
import { useInbox, useNow } from './state/useInbox';
import type { Actions } from './useActions';

const nobody: readonly Presence[] = [];

/** Who else is looking, or typing: two must not answer at once. */
function Others({ id }: { id: string }) {
  const { t } = useTranslation();
  const now = useNow(2_000);
  const present = useInbox((s) => s.presence.get(id) ?? nobody).filter((p) => Date.parse(p.until) > now);
  if (present.length === 0) return <span className="fp-inbox-others" aria-live="polite" />;
  const typing = present.filter((p) => p.typing);
  const names = (of: readonly Presence[]) => of.map((p) => p.staff_name).join(t('common.listSeparator'));
  return (
    <span className={`fp-inbox-others${typing.length ? ' typing' : ''}`} aria-live="polite" data-others={typing.length ? 'typing' : 'looking'}>
      {typing.length ? <LoadingOutlined aria-hidden="true" /> : <EyeOutlined aria-hidden="true" />} {typing.length ? t('inbox.typing', { names: names(typing) }) : t('inbox.looking', { names: names(present) })}
    </span>
  );
}

/** The customer is writing, as far as the chat says; else how long they have waited. */
function CustomerTypes({ id, children }: { id: string; children: ReactNode }) {
  const { t } = useTranslation();
  const until = useInbox((s) => s.typing.get(id));
  const now = useNow(1_000);
  const types = until !== undefined && Date.parse(until) > now;
  return (
    <span aria-live="polite" className={types ? 'fp-inbox-types' : undefined} data-customer-types={types ? '' : undefined}>
      {types ? (
        <>
          <EllipsisOutlined aria-hidden="true" /> {t('inbox.customerTypes')}
        </>
      ) : (
        children
      )}
    </span>
  );
}

/** Times at which people like to be reminded, from now on. */
function laterTimes(): { key: string; at: Dayjs }[] {
  const now = dayjs();
  const evening = now.hour(18).minute(0).second(0);
  const monday = now.add(((8 - now.day()) % 7) || 7, 'day').hour(9).minute(0).second(0);
  return [
    { key: 'hour', at: now.add(1, 'hour') },
    { key: 'threeHours', at: now.add(3, 'hour') },
    ...(evening.diff(now, 'hour') >= 1 ? [{ key: 'evening', at: evening }] : []),
    { key: 'tomorrow', at: now.add(1, 'day').hour(9).minute(0).second(0) },
    { key: 'monday', at: monday },
  ];
}

interface Props {
  conversation: Conversation;
  actions: Actions;
  snoozing: boolean;
  onSnoozing: (open: boolean) => void;
  onTransfer: () => void;
  onResolve: () => void;
  onBack: () => void;
  onPanel: () => void;
  panel: boolean;
  /** What is shown: this conversation, or everything with this person. */
  together: boolean;
  onTogether: () => void;
}

export function ThreadHeader({ conversation: c, actions, snoozing, onSnoozing, onTransfer, onResolve, onBack, onPanel, panel, together, onTogether }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const called = useCalled();
  const me = useMe().staff.id;
  const write = useMay()('inbox.write') && c.archived === 0;
  const now = useNow(20_000);
  const [choosing, setChoosing] = useState(false);
  const [until, setUntil] = useState<Dayjs | null>(null);
  const resolved = c.status === 'resolved';
  return (
    <header className="fp-inbox-head">
      <Button className="fp-inbox-back" type="text" icon={<ArrowLeftOutlined />} aria-label={t('inbox.back')} onClick={onBack} />
      <div className="fp-inbox-who">
        <h2>
          <bdi>{called(c)}</bdi>
        </h2>
        <span className="fp-muted fp-small">
          <KindIcon kind={c.account_kind} named /> <bdi>{c.account_name || t(`carrier.${c.account_kind}`, { defaultValue: c.account_kind })}</bdi> · <span data-status={c.archived > 0 ? 'archived' : c.status}>{t(c.archived > 0 ? 'inbox.archive.readOnly' : `inbox.status.${c.status}`)}</span>
          {c.status === 'snoozed' && c.snoozed_until && ` ${t('inbox.until', { time: f.dateTime(c.snoozed_until) })}`} ·{' '}
          {c.team_id && <span data-team={c.team_id}>{t('inbox.withTeam', { name: c.team_name })} · </span>}
          {c.archived > 0 ? t('inbox.archive.of', { name: c.assignee_name }) : c.assignee_staff_id ? (c.assignee_staff_id === me ? t('inbox.mineLong') : t('inbox.with', { name: c.assignee_name })) : t('inbox.nobodyLong')}{' '}
          <CustomerTypes id={c.id}>
            <WaitText since={c.waiting_since} now={now} />
          </CustomerTypes>
        </span>
        <Others id={c.id} />
      </div>
      {write && (
        <div className="fp-inbox-actions">
          {c.assignee_staff_id !== me && (
            <Tooltip title={`${t('inbox.assignMe')} (a)`}>
              <Button size="small" icon={<UserAddOutlined />} onClick={() => void actions.mine(c.id)}>
                <span className="fp-inbox-wide">{t('inbox.assignMe')}</span>
              </Button>
            </Tooltip>
          )}
          <Tooltip title={`${t('inbox.transfer')} (t)`}>
            <Button size="small" icon={<SwapOutlined />} aria-label={t('inbox.transfer')} onClick={onTransfer} />
          </Tooltip>
          <Dropdown
            open={snoozing}
            onOpenChange={onSnoozing}
            trigger={['click']}
            menu={{
              items: [
                ...laterTimes().map(({ key, at }) => ({ key, label: t(`inbox.later.${key}`), extra: f.dateTime(at.toISOString()).slice(0, -3), onClick: () => void actions.snooze(c.id, at.toISOString()) })),
                { type: 'divider' as const },
                { key: 'choose', label: t('inbox.later.choose'), onClick: () => setChoosing(true) },
              ],
            }}
          >
            <Tooltip title={`${t('inbox.snooze')} (z)`}>
              <Button size="small" icon={<FieldTimeOutlined />} aria-label={t('inbox.snooze')} />
            </Tooltip>
          </Dropdown>
          <Dropdown
            trigger={['click']}
            menu={{
              items: [
                ...(c.status !== 'open' ? [{ key: 'open', label: t('inbox.reopen'), onClick: () => void actions.reopen(c.id) }] : []),
                ...(c.status !== 'pending' && !resolved ? [{ key: 'pending', label: t('inbox.toPending'), onClick: () => void actions.pending(c.id) }] : []),
                ...(c.assignee_staff_id ? [{ key: 'back', label: t('inbox.giveBack'), onClick: () => void actions.giveBack(c.id) }] : []),
                { type: 'divider' as const },
                ...[0, 1, 2, 3].map((p) => ({ key: `p${p}`, label: t(`inbox.priority.${p}`), icon: c.priority === p ? <CheckOutlined /> : <span className="fp-inbox-gap" />, onClick: () => void actions.priority(c.id, p) })),
              ],
            }}
          >
            <Button size="small" icon={<MoreOutlined />} aria-label={t('inbox.more')} />
          </Dropdown>
          <Tooltip title={resolved ? t('inbox.reopen') : `${t('inbox.resolve')} (e)`}>
            <Button size="small" type={resolved ? 'default' : 'primary'} icon={resolved ? <DownOutlined /> : <CheckOutlined />} onClick={onResolve}>
              {t(resolved ? 'inbox.reopen' : 'inbox.resolve')}
            </Button>
          </Tooltip>
        </div>
      )}
      <div className="fp-inbox-actions">
        {c.person_id && (
          <Tooltip title={t('inbox.together.help')}>
            <Button size="small" type={together ? 'primary' : 'default'} ghost={together} icon={<MergeCellsOutlined />} aria-pressed={together} aria-label={t('inbox.together.switch')} onClick={onTogether}>
              <span className="fp-inbox-wide">{t('inbox.together.short')}</span>
            </Button>
          </Tooltip>
        )}
        <Tooltip title={`${t('inbox.panel')} (i)`}>
          <Button size="small" className="fp-inbox-panel-button" type={panel ? 'default' : 'text'} icon={<ProfileOutlined />} aria-label={t('inbox.panel')} aria-expanded={panel} onClick={onPanel} />
        </Tooltip>
      </div>
      <Modal
        open={choosing}
        title={t('inbox.later.choose')}
        width={360}
        okButtonProps={{ disabled: !until || !until.isAfter(dayjs()) }}
        onCancel={() => setChoosing(false)}
        onOk={() => {
          setChoosing(false);
          if (until) void actions.snooze(c.id, until.toISOString());
        }}
      >
        <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" value={until} onChange={setUntil} minDate={dayjs()} maxDate={dayjs().add(365, 'day')} aria-label={t('inbox.later.choose')} style={{ width: '100%' }} />
      </Modal>
    </header>
  );
}
