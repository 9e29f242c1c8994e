import { CheckOutlined, ClockCircleOutlined, CloseOutlined, MessageOutlined, PhoneOutlined, UndoOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Select, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { TodayItem } from '../../api/today';
import type { Stage } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { StageTag, TimeText } from '../../ui/values';
import { dayName } from './days';
import type { Act } from './OutcomeDialog';
import { useOpenChat } from './useOpenChat';

interface Props {
  item: TodayItem;
  active: boolean;
  may: boolean;
  /** On a list of several people: whose it is. */
  showStaff: boolean;
  assignable?: { id: string; name: string }[];
  onAct: (act: Act) => void;
  onUndo: () => void;
  onPromise: () => void;
  onAssign: (staffId: string) => void;
  onFocus: () => void;
}

/** A person on the list: why they are on it, and what can be done. */
export function ItemCard({ item, active, may, showStaff, assignable, onAct, onUndo, onPromise, onAssign, onFocus }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const reasons = item.reasons ?? [];
  const chat = useOpenChat();
  const quick = reasons.find((r) => r.quick_reply_id)?.quick_reply_id;
  const open = item.status === 'open';
  const taken = item.status === 'done' || item.status === 'postponed' || item.status === 'declined';
  const suggestion = reasons[0]?.suggestion;
  const name = item.name || t('today.noName');
  return (
    <li className={`fp-today-item${active ? ' active' : ''}${open ? '' : ' handled'}`} aria-label={t('today.itemLabel', { name, why: reasons.map((r) => r.text).join(t('common.listSeparator')) })} data-person={item.person_id} data-status={item.status} onMouseDown={onFocus}>
      <div className="fp-today-who">
        {item.openable ? (
          <Link to="/customers/$personId" params={{ personId: item.person_id }} className="fp-today-name">
            {name}
          </Link>
        ) : (
          <span className="fp-today-name">{name}</span>
        )}
        {item.stage && <StageTag stage={item.stage as Stage} />}
        <span className="fp-muted fp-small fp-num">{item.orders > 0 ? `${t('today.orders', { count: item.orders })} · ${f.money(item.gmv_minor, item.currency)}` : t('today.neverBought')}</span>
        {showStaff && <span className="fp-muted fp-small">{item.staff_name || t('today.nobody')}</span>}
        {item.age > 0 && open && (
          <Tooltip title={t('today.ageHelp', { days: item.age })}>
            <span className="fp-today-age">{t('today.age', { days: item.age + 1 })}</span>
          </Tooltip>
        )}
      </div>
      <ul className="fp-today-why">
        {reasons.map((r, n) => (
          <li key={n}>
            <b>{r.rule}</b> <span className="fp-break">{r.text}</span>
          </li>
        ))}
      </ul>
      {open && suggestion && (
        <p className="fp-muted fp-small fp-today-advice">
          {t('today.suggestion', { text: suggestion })}
        </p>
      )}
      <Became item={item} />
      <div className="fp-today-do">
        {open && may && (
          <>
            <Button size="small" type="primary" icon={<CheckOutlined />} onClick={() => onAct('done')}>
              {t('today.done')}
            </Button>
            <Button size="small" icon={<ClockCircleOutlined />} onClick={() => onAct('postpone')}>
              {t('today.postpone')}
            </Button>
            <Button size="small" icon={<CloseOutlined />} onClick={() => onAct('decline')}>
              {t('today.decline')}
            </Button>
          </>
        )}
        {taken && may && (
          <Button size="small" icon={<UndoOutlined />} onClick={onUndo}>
            {t('common.undo')}
          </Button>
        )}
        <Button size="small" type="link" icon={<MessageOutlined />} loading={chat.isPending} onClick={() => chat.mutate({ person: item.person_id, conversation: item.conversation_id, quick })}>
          {t(quick ? 'today.chatQuick' : 'today.chat')}
        </Button>
        {may && item.openable && (
          <Button size="small" type="link" icon={<PhoneOutlined />} onClick={onPromise}>
            {t('today.promise')}
          </Button>
        )}
        {open && assignable && (
          <Select
            size="small"
            className="fp-today-assign"
            aria-label={`${t('today.assign')} ${name}`}
            placeholder={t('today.assign')}
            value={null}
            showSearch={{ optionFilterProp: 'label' }}
            options={assignable.filter((s) => s.id !== item.staff_id).map((s) => ({ value: s.id, label: s.name }))}
            onChange={(id: string | null) => id && onAssign(id)}
          />
        )}
      </div>
    </li>
  );
}

/** What became of somebody. */
function Became({ item }: { item: TodayItem }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (item.status === 'open' && !item.replied_at && item.result_orders === 0) return null;
  return (
    <div className="fp-today-became fp-small">
      {item.status !== 'open' && (
        <span>
          <b>{t(`today.status.${item.status}`)}</b>
          {item.until && ` → ${dayName(item.until, f.language)}`}
          {item.handled_at && (
            <span className="fp-muted">
              {' '}
              {item.handled_by_name} <TimeText at={item.handled_at} />
            </span>
          )}
        </span>
      )}
      {item.next_step && (
        <span className="fp-break">
          {t('today.nextSaid', { step: item.next_step })}
          {item.next_at && <span className="fp-muted"> {f.dateTime(item.next_at)}</span>}
        </span>
      )}
      {item.note && <span className="fp-muted fp-break">{item.note}</span>}
      {item.result_orders > 0 && <span className="fp-today-result">{t('today.result', { count: item.result_orders, money: f.money(item.result_minor, item.currency) })}</span>}
      {item.replied_at && <span className="fp-muted">{t('today.replied')}</span>}
    </div>
  );
}
