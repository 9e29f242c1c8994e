import { DownOutlined, RightOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Select, Timeline } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { channels as channelList } from '../../api/acquisition';
import { persons, segments } from '../../api/endpoints';
import type { TimelineEvent } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { eventKinds, itemsOf, sentence } from '../../lib/sentences';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { MoneyText, TimeText } from '../../ui/values';
import { channelsKey } from '../acquisition/useChannels';

/** Sources inside the house: that the pool wrote something down tells nobody anything. */
const inner = ['pool', 'lifecycle', 'console', 'org'];

/** Money and people stand out; the rest is quiet. */
function colorOf(kind: string): string {
  if (kind === 'order.paid') return 'var(--fp-primary)';
  if (kind === 'order.refunded' || kind === 'consent.withdrawn') return 'var(--fp-down)';
  if (kind.startsWith('message.') || kind.startsWith('note.') || kind.startsWith('friend.')) return 'var(--fp-accent)';
  return 'var(--fp-muted)';
}

interface Names {
  channel: (id: string) => string;
  segment: (id: string) => string;
}

/** What events call by ids, for whoever may see it. */
function useNames(): Names {
  const may = useMay();
  const channels = useQuery({ queryKey: channelsKey, queryFn: channelList.all, enabled: may('acquisition.read'), staleTime: 60_000 });
  const saved = useQuery({ queryKey: ['segments', 'names'], queryFn: () => segments.list({ limit: 100 }), enabled: may('segment.read'), staleTime: 60_000 });
  return useMemo(() => {
    const path = new Map(channels.data?.map((c) => [c.id, c.path.join(' › ')]));
    const name = new Map(saved.data?.items.map((s) => [s.id, s.name]));
    return { channel: (id) => path.get(id) ?? '', segment: (id) => name.get(id) ?? '' };
  }, [channels.data, saved.data]);
}

function Entry({ event, names }: { event: TimelineEvent; names: Names }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [open, setOpen] = useState(false);
  const data = (event.data ?? {}) as Record<string, unknown>;
  const items = itemsOf(data);
  const said = sentence(event.kind, data, {
    money: f.money,
    stage: (s) => t(`stage.${s}`, { defaultValue: s }),
    identity: (k) => t(`identity.${k}`, { defaultValue: k }),
    purpose: (p) => t(`consent.purpose.${p}`, { defaultValue: p }),
    carrier: (c) => (c ? t(`carrier.${c}`, { defaultValue: c }) : ''),
    ...names,
  });
  return (
    <div className="fp-event">
      <div className="fp-event-line">
        <span className="fp-break">{t(said.key, said.values)}</span>
        <span className="fp-muted fp-small">
          {event.source && !inner.includes(event.source) && `${event.source} · `}
          <TimeText at={event.occurred_at} exact />
        </span>
      </div>
      {items.length > 0 && (
        <>
          <Button type="link" size="small" className="fp-event-more" icon={open ? <DownOutlined /> : <RightOutlined />} aria-expanded={open} onClick={() => setOpen(!open)}>
            {t('timeline.items', { count: items.length })}
          </Button>
          {open && (
            <div className="fp-scroll">
              <table className="fp-items">
                <tbody>
                  {items.map((i, n) => (
                    <tr key={n}>
                      <td>
                        {i.name || i.sku} {i.name && i.sku && <span className="fp-muted">{i.sku}</span>}
                      </td>
                      <td className="fp-num fp-right">× {i.quantity}</td>
                      <td className="fp-num fp-right">
                        <MoneyText minor={i.amountMinor} currency={typeof data.currency === 'string' ? data.currency : undefined} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </div>
  );
}

export function TimelineTab({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<string>();
  const names = useNames();
  const events = useInfiniteQuery({
    queryKey: ['person', personId, 'timeline', kind],
    queryFn: ({ pageParam }) => persons.timeline(personId, { kind, limit: 20, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
  const all = useMemo(() => events.data?.pages.flatMap((p) => p.items) ?? [], [events.data]);
  return (
    <>
      <Select
        allowClear
        size="small"
        style={{ width: 200, marginBottom: 14 }}
        placeholder={t('timeline.allKinds')}
        aria-label={t('timeline.kind')}
        value={kind}
        onChange={setKind}
        options={eventKinds.map((k) => ({ value: k, label: t(`eventKind.${k.replace('.', '_')}`) }))}
      />
      {events.isError ? (
        <ProblemView error={events.error} onRetry={() => void events.refetch()} />
      ) : events.isPending ? (
        <Loading />
      ) : all.length === 0 ? (
        <EmptyState title={t('timeline.empty')} text={t('timeline.emptyText')} />
      ) : (
        <>
          <Timeline items={all.map((e) => ({ key: e.id, color: colorOf(e.kind), content: <Entry event={e} names={names} /> }))} />
          {events.hasNextPage && (
            <Button block loading={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
              {t('timeline.more')}
            </Button>
          )}
        </>
      )}
    </>
  );
}
