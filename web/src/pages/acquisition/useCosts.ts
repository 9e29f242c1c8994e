import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { costs as api, type Cost } from '../../api/acquisition';

const none: Cost[] = [];

/** The costs of some days by channel and day. */
export function useCosts(from: string, to: string, enabled = true) {
  const query = useQuery({ queryKey: ['channel-costs', from, to], queryFn: () => api.between({ from, to }), enabled, placeholderData: (before) => before });
  const list = query.data ?? none;
  const minor = useMemo(() => new Map(list.map((c) => [`${c.channel_id} ${c.day}`, c.amount_minor])), [list]);
  return { query, list, minor };
}

/** Whatever costs appear in has to be looked at again. */
export function useFreshCosts() {
  const queryClient = useQueryClient();
  return () => Promise.all([queryClient.invalidateQueries({ queryKey: ['channel-costs'] }), queryClient.invalidateQueries({ queryKey: ['attribution'] })]);
}
