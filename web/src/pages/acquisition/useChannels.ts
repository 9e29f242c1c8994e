import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { channels as api, type Channel } from '../../api/acquisition';

const none: Channel[] = [];

export interface ChannelNode extends Channel {
  below: ChannelNode[];
}

/** Channels in the order of their tree as a tree. One whose parent is left out stands at the top. */
export function treeOf(list: readonly Channel[]): ChannelNode[] {
  const nodes = new Map(list.map((c) => [c.id, { ...c, below: [] as ChannelNode[] }]));
  const roots: ChannelNode[] = [];
  for (const n of nodes.values()) (nodes.get(n.parent_id)?.below ?? roots).push(n);
  return roots;
}

/** What a search for names leaves of a tree: what is found, what is above it and what is below it. */
export function prune(tree: readonly ChannelNode[], q: string): ChannelNode[] {
  const wanted = q.trim().toLowerCase();
  if (!wanted) return [...tree];
  return tree.flatMap((n) => {
    if (n.name.toLowerCase().includes(wanted)) return [n];
    const below = prune(n.below, q);
    return below.length > 0 ? [{ ...n, below }] : [];
  });
}

export const channelsKey = ['channels'];

/** All channels of the org, archived ones too. */
export function useChannels() {
  const query = useQuery({ queryKey: channelsKey, queryFn: api.all, staleTime: 30_000 });
  const list = query.data ?? none;
  return useMemo(() => ({ query, list, byId: new Map(list.map((c) => [c.id, c])), tree: treeOf(list) }), [query, list]);
}
