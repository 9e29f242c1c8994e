import { useQuery } from '@tanstack/react-query';
import { Tooltip } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { persons } from '../../api/endpoints';
import type { Arrival } from '../../api/acquisition';

/** How near the arrival a welcome belongs to it, in milliseconds. */
const near = 10 * 60_000;
const belongs = (at: string, a: Arrival) => Math.abs(Date.parse(at) - Date.parse(a.at)) < near;

/** True once an element has been on the screen. */
function useSeen() {
  const element = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current || seen) return;
    const watch = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && setSeen(true));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [seen]);
  return { element, seen };
}

/** Whether a new friend was greeted, as their timeline tells it; asked when the row is seen, not for all of a long list. */
export function WelcomeState({ arrival: a }: { arrival: Arrival }) {
  const { t } = useTranslation();
  const { element, seen } = useSeen();
  const asked = a.way === 'friend' && a.code_id !== '';
  const events = useQuery({
    queryKey: ['welcome', a.person_id, a.at],
    queryFn: async () => {
      const of = (kind: string) => persons.timeline(a.person_id, { kind, limit: 20 }).then((p) => p.items ?? []);
      for (const kind of ['welcome.sent', 'welcome.doubtful']) {
        const found = await of(kind);
        if (found.some((e) => belongs(e.occurred_at, a))) return found;
      }
      return of('welcome.missed');
    },
    enabled: asked && seen,
    staleTime: 60_000,
    // Somebody who came a moment ago may be greeted in the next.
    refetchInterval: (q) => (q.state.data?.length === 0 && Date.now() - Date.parse(a.at) < 60_000 ? 3_000 : false),
  });
  if (!asked) return <span className="fp-muted">—</span>;
  const event = events.data?.find((e) => belongs(e.occurred_at, a));
  if (!event)
    return (
      <span ref={element} className="fp-muted">
        {events.isPending ? '…' : t('arrivals.noWelcome')}
      </span>
    );
  if (event.kind === 'welcome.sent') return <span className="fp-yes">{t('arrivals.welcomed')}</span>;
  if (event.kind === 'welcome.doubtful')
    return (
      <Tooltip title={t('arrivals.doubtfulWhy')}>
        <span className="fp-muted">{t('arrivals.doubtful')}</span>
      </Tooltip>
    );
  const reason = String((event.data as { reason?: unknown } | null)?.reason ?? '');
  return (
    <Tooltip title={reason}>
      <span className="fp-no">{t('arrivals.missed')}</span>
    </Tooltip>
  );
}
