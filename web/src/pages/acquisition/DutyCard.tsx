import { Card, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Code } from '../../api/acquisition';
import { useFormat } from '../../app/useFormat';
import { TimeText } from '../../ui/values';
import { weekdayOf } from './days';
import { onDuty } from './shifts';

/** Weekday (0 Monday) and minute of a moment in the org's zone. */
export function clockOf(iso: string, timeZone: string): [number, number] {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(new Date(iso));
  const of = (type: string) => parts.find((p) => p.type === type)?.value ?? '0';
  return [weekdayOf(`${of('year')}-${of('month')}-${of('day')}`), Number(of('hour')) * 60 + Number(of('minute'))];
}

/** Who is on duty now and after the next change, and how full their day is. */
export function DutyCard({ code: c }: { code: Code }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (c.kind === 'group') return <ChatsCard code={c} />;
  if (c.kind === 'service') return <ServiceCard code={c} />;
  const duty = c.duty;
  const members = c.members ?? [];
  const on = new Set(duty?.on.map((s) => s.id));
  const rows = [...members.map((m) => ({ id: m.staff_id, cap: m.daily_cap ?? 0, spare: false })), ...(c.spare ?? []).map((id) => ({ id, cap: 0, spare: true }))];
  const next = duty?.next_change_at
    ? onDuty(
        members.map((m) => m.staff_id),
        c.shifts ?? [],
        ...clockOf(duty.next_change_at, f.timeZone),
      )
    : [];
  return (
    <Card title={t('codes.duty')}>
      <ul className="fp-list">
        {rows.map((r) => (
          <li key={r.id}>
            <span className="fp-grow">
              {c.member_names[r.id] || r.id} {r.spare && <span className="fp-muted fp-small">{t('codes.spare')}</span>}
              {duty?.next?.id === r.id && <span className="fp-small fp-next"> {t('codes.next')}</span>}
            </span>
            <span className="fp-num fp-muted">
              {f.number(c.today_by[r.id] ?? 0)}
              {r.cap > 0 && ` / ${f.number(r.cap)}`}
            </span>
            <span className={on.has(r.id) ? 'fp-yes' : 'fp-muted'}>{t(on.has(r.id) ? 'codes.onNow' : 'codes.offNow')}</span>
          </li>
        ))}
      </ul>
      {duty?.reason && <p className={duty.reason === 'left' ? 'fp-no' : 'fp-muted'}>{t(`codes.reason.${duty.reason}`)}</p>}
      {duty?.next_change_at && (
        <p className="fp-muted">
          {t('codes.nextChange')} <TimeText at={duty.next_change_at} exact />
          {t('codes.then', { names: next.map((id) => c.member_names[id] || id).join(t('common.listSeparator')) || t('codes.nobody') })}
        </p>
      )}
    </Card>
  );
}

/** Where a code of customer service leads, to be put into menus and pages. */
function ServiceCard({ code: c }: { code: Code }) {
  const { t } = useTranslation();
  return (
    <Card title={t('codes.serviceLink')}>
      <p className="fp-muted">{t('codes.serviceWhy')}</p>
      {c.link_url ? (
        <Typography.Paragraph className="fp-break" code copyable={{ text: c.link_url, tooltips: [t('common.copy'), t('common.copied')] }}>
          {c.link_url}
        </Typography.Paragraph>
      ) : (
        <p>{t('codes.serviceSoon')}</p>
      )}
    </Card>
  );
}

function ChatsCard({ code: c }: { code: Code }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Card title={t('codeForm.chats')}>
      <ul className="fp-list">
        {(c.chats_now ?? []).map((g) => (
          <li key={g.chat_id}>
            <span className="fp-grow fp-break">{g.name || g.chat_id}</span>
            <span className="fp-num fp-muted">
              {g.members == null ? t('chats.unknownSize') : f.number(g.members)} / {f.number(g.capacity ?? 0)}
            </span>
            <span className={g.now ? 'fp-yes' : g.full ? 'fp-no' : 'fp-muted'}>{t(g.now ? 'chats.now' : g.full ? 'chats.full' : 'chats.waits')}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
