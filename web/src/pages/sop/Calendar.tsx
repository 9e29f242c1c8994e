import { useQuery } from '@tanstack/react-query';
import { Drawer, Select, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sops, type SOPInput, type SOPPreview } from '../../api/sops';
import { useFormat } from '../../app/useFormat';
import { Loading } from '../../ui/Loading';
import { PersonPicker, type PickedPerson } from '../../ui/PersonPicker';
import { ProblemView } from '../../ui/ProblemView';
import { useSettled } from '../../ui/useSettled';

type Item = NonNullable<SOPPreview['items']>[number];

const dayMillis = 86_400_000;

/** The weeks that hold these days, from Monday on. */
function weeks(items: Item[]): string[][] {
  const days = items.map((i) => i.local.slice(0, 10)).sort();
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return [];
  const start = Date.parse(first);
  const monday = start - ((new Date(start).getUTCDay() + 6) % 7) * dayMillis;
  const out: string[][] = [];
  for (let at = monday; at <= Date.parse(last) && out.length < 60; at += 7 * dayMillis) {
    const week = Array.from({ length: 7 }, (_, i) => new Date(at + i * dayMillis).toISOString().slice(0, 10));
    if (week.some((d) => days.includes(d))) out.push(week);
  }
  return out;
}

/** A series as a person or a group would have it, day by day. */
export function Calendar({ draft, onClose }: { draft: SOPInput; onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [person, setPerson] = useState<PickedPerson>();
  const [chat, setChat] = useState<string>();
  const [shown, setShown] = useState<string>();
  const [account_id, chat_id] = chat ? JSON.parse(chat) as [string, string] : [];
  const preview = useQuery({
    queryKey: ['sop-preview', draft, person?.value, chat],
    queryFn: () => sops.preview({ kind: draft.kind, name: draft.name, spec: draft.spec, person_id: person?.value, account_id, chat_id }),
  });
  const p = preview.data;
  const items = useMemo(() => p?.items ?? [], [p]);
  const all = useMemo(() => weeks(items), [items]);
  const weekday = new Intl.DateTimeFormat(f.language, { weekday: 'short', timeZone: 'UTC' });
  const open = items.find((i) => i.step_id === shown) ?? items[0];
  return (
    <Drawer open onClose={onClose} size={860} title={t('sop.preview')}>
      <div className="fp-sop-line">
        {draft.kind === 'person' ? <PersonPicker value={person} onChange={setPerson} placeholder={t('sop.previewAs')} label={t('sop.previewAs')} /> : <ChatPicker value={chat} onChange={setChat} />}
      </div>
      {preview.isError ? (
        <ProblemView error={preview.error} onRetry={() => void preview.refetch()} />
      ) : !p ? (
        <Loading rows={6} />
      ) : (
        <>
          <p className="fp-muted">{t(p.account ? 'sop.previewOver' : 'sop.previewOf', { name: p.name || t('customer.nameless'), at: f.dateTime(p.since), zone: p.time_zone, account: p.account })}</p>
          <div className="fp-sop-calendar" role="list" aria-label={t('sop.calendar')}>
            {all.map((week) => week.map((day) => {
              const there = items.filter((i) => i.local.startsWith(day));
              return (
                <div key={day} role="listitem" className={`fp-sop-cell${there.length === 0 ? ' none' : ''}`}>
                  <span className="fp-muted fp-small">
                    {Number(day.slice(5, 7))}/{Number(day.slice(8))} {weekday.format(new Date(day))}
                  </span>
                  {there.map((i) => (
                    <button key={i.step_id} type="button" aria-pressed={i.step_id === open?.step_id} className={`fp-sop-mini ${i.kind}${i.problem || i.past ? ' off' : ''}${i.step_id === open?.step_id ? ' on' : ''}`} onClick={() => setShown(i.step_id)}>
                      <b>{i.local.slice(11)}</b> {i.text.slice(0, 24)}
                    </button>
                  ))}
                </div>
              );
            }))}
          </div>
          {open && (
            <article className="fp-sop-bubble" aria-live="polite">
              <header>
                {open.local} · {t(`sop.kinds.${open.kind}`)}
                {open.past && <Tag>{t('sop.past')}</Tag>}
              </header>
              {open.problem && <p className="fp-no">{open.problem}</p>}
              {open.subject && <h3>{open.subject}</h3>}
              <p className="fp-sop-words">{open.text}</p>
              {(open.materials ?? []).map((m) => (
                <Tag key={m}>{m}</Tag>
              ))}
            </article>
          )}
        </>
      )}
    </Drawer>
  );
}

/** Finds a group. Its value is account and chat in one text. */
export function ChatPicker({ value, onChange, label }: { value?: string; onChange: (v: string | undefined) => void; label?: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const q = useSettled(text.trim(), 200);
  const found = useQuery({ queryKey: ['sop-chats', q], queryFn: () => sops.chats(q) });
  return (
    <Select
      className="fp-grow"
      allowClear
      value={value}
      showSearch={{ filterOption: false, onSearch: setText }}
      loading={found.isFetching}
      placeholder={label ?? t('sop.previewGroup')}
      aria-label={label ?? t('sop.previewGroup')}
      onChange={(v: string | undefined) => onChange(v)}
      options={(found.data?.items ?? []).map((c) => ({ value: JSON.stringify([c.account_id, c.chat_id]), label: `${c.name || c.chat_id} · ${c.owner_name || c.owner}` }))}
    />
  );
}
