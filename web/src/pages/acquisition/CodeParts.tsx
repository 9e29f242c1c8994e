import { CheckCircleOutlined, ExclamationCircleOutlined, PauseCircleOutlined, StopOutlined, WarningOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Code } from '../../api/acquisition';
import { useFormat } from '../../app/useFormat';

/** The customers a day that a code's members take together; undefined: no limit. */
export function capOf(code: Code): number | undefined {
  const members = code.members ?? [];
  if (members.length === 0 || members.some((m) => !m.daily_cap)) return undefined;
  return members.reduce((n, m) => n + (m.daily_cap ?? 0), 0);
}

/** Whether a code works, in a word and a sign. */
export function CodeState({ code }: { code: Code }) {
  const { t } = useTranslation();
  const state = code.status !== 'active' ? code.status : code.expired ? 'expired' : code.health === 'ok' ? 'active' : code.health;
  const icon = { active: <CheckCircleOutlined />, paused: <PauseCircleOutlined />, ended: <StopOutlined />, expired: <StopOutlined />, warning: <WarningOutlined />, critical: <ExclamationCircleOutlined /> }[state];
  return (
    <span className={`fp-state ${state}`}>
      {icon} {t(`codes.state.${state}`)}
    </span>
  );
}

/** Who takes the next customer, and why them. */
export function DutyText({ code }: { code: Code }) {
  const { t } = useTranslation();
  if (code.kind === 'group') {
    const now = (code.chats_now ?? []).find((c) => c.now);
    return <span>{now ? now.name || now.chat_id : <span className="fp-muted">—</span>}</span>;
  }
  if (code.kind === 'service') return <span>{code.account_name || '—'}</span>;
  if (code.status === 'ended' || code.expired) return <span className="fp-muted">—</span>;
  const duty = code.duty;
  if (!duty || duty.on.length === 0) return <span className="fp-no">{t('codes.nobody')}</span>;
  const names = duty.on.map((s) => s.name);
  return (
    <span title={names.join(t('common.listSeparator'))}>
      {names.slice(0, 3).join(t('common.listSeparator'))}
      {names.length > 3 && <span className="fp-muted"> {t('codes.andMore', { count: names.length - 3 })}</span>}
      {(duty.spare || duty.beyond) && <div className="fp-muted fp-small">{t(duty.spare ? 'codes.spareNow' : duty.reason === 'full' ? 'codes.beyondFull' : 'codes.beyondOff')}</div>}
    </span>
  );
}

/** Arrivals today against what the members may take. */
export function TodayText({ code }: { code: Code }) {
  const { t } = useTranslation();
  const f = useFormat();
  const cap = capOf(code);
  return (
    <span className="fp-num">
      {f.number(code.today)}
      {cap !== undefined && (
        <>
          <span className="fp-muted"> / {f.number(cap)}</span>
          <span className="fp-bar cost" role="img" aria-label={t('codes.ofCap', { today: code.today, cap })}>
            <i style={{ width: `${Math.min(100, (code.today / Math.max(1, cap)) * 100)}%` }} />
          </span>
        </>
      )}
    </span>
  );
}
