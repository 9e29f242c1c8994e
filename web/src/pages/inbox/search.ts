// What the address of the inbox says: which list, which conversation, which message.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { ListFilter, Tab } from '../../api/inbox';
import { useMyTeams } from './useTeams';

export interface InboxSearch {
  tab?: string;
  status?: string;
  account?: string;
  staff?: string;
  /** One team; mine: those in which one is. */
  team?: string;
  /** Archived private chats: without or only; else beside conversations. */
  archive?: string;
  waiting?: string;
  sort?: string;
  /** The conversation that is open. */
  c?: string;
  /** A message in it to jump to. */
  m?: string;
  /** What is searched for in all messages. */
  q?: string;
  /** Shown is everything with the person, over all accounts. */
  together?: string;
  /** At a narrow window: the panel about the person is shown. */
  panel?: string;
}

export const tabs = ['mine', 'unassigned', 'all'] as const;
export const statuses = ['active', 'open', 'pending', 'snoozed', 'resolved', 'all'] as const;

export function filterOf(s: InboxSearch, myTeams: readonly string[] = []): ListFilter {
  const one = <T extends string>(of: readonly T[], value: string | undefined) => of.find((x) => x === value);
  return {
    tab: one<Tab>(tabs, s.tab) ?? 'mine',
    status: one(statuses, s.status),
    account_id: s.account || undefined,
    staff_id: s.staff || undefined,
    team_id: s.team || undefined,
    my_teams: s.team === 'mine' ? myTeams : undefined,
    archive: one(['without', 'only'] as const, s.archive),
    waiting: s.waiting === '1' || undefined,
    sort: s.sort === 'waiting' ? 'waiting' : undefined,
  };
}

export function useInboxSearch() {
  const search: InboxSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const { tab, status, account, staff, team, archive, waiting, sort } = search;
  const mine = useMyTeams(team === 'mine');
  const filter = useMemo(() => filterOf({ tab, status, account, staff, team, archive, waiting, sort }, mine), [tab, status, account, staff, team, archive, waiting, sort, mine]);
  /** Changes the address; push: the browser's way back leads here. */
  const go = useCallback(
    (change: Partial<InboxSearch>, push = false) =>
      void navigate({
        to: '.',
        search: (was: Record<string, string | undefined>) => Object.fromEntries(Object.entries({ ...was, ...change }).filter((e) => Boolean(e[1]))),
        replace: !push,
      }),
    [navigate],
  );
  return { search, filter, go };
}

/** How long somebody may wait until it is late, in minutes: then, and when it must not be. */
export const waits = { soon: 5, late: 15 };

export type Urgency = 'calm' | 'soon' | 'late';

export function urgency(since: string | null, now: number): Urgency | undefined {
  if (!since) return undefined;
  const minutes = (now - Date.parse(since)) / 60_000;
  return minutes >= waits.late ? 'late' : minutes >= waits.soon ? 'soon' : 'calm';
}

/** How many whole minutes, hours or days: hours up to two days, because that is how platforms count. */
export function lengthOf(ms: number): { unit: 'minutes' | 'hours' | 'days'; count: number } {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return { unit: 'minutes', count: minutes };
  if (minutes < 60 * 48) return { unit: 'hours', count: Math.floor(minutes / 60) };
  return { unit: 'days', count: Math.floor(minutes / 60 / 24) };
}
