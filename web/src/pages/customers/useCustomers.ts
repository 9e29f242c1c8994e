import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { persons } from '../../api/endpoints';
import { useMe } from '../../app/me';
import { decodeFilters, encodeFilters, toQuery, type CustomerFilters } from '../../lib/filters';

const route = getRouteApi('/shell/customers');

export const pageSize = 20;

/** The list's state: filters in the address, the place in it as a stack of cursors. */
export function useCustomers() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { org } = useMe();
  const filters = useMemo(() => decodeFilters(search), [search]);
  const query = useMemo(() => toQuery(filters, org.time_zone), [filters, org.time_zone]);
  const key = JSON.stringify(query);
  const [cursors, setCursors] = useState<string[]>([]);

  useEffect(() => setCursors([]), [key]);

  const cursor = cursors.at(-1);
  const list = useQuery({
    queryKey: ['persons', query, cursor],
    queryFn: () => persons.list({ ...query, limit: pageSize, cursor }),
    placeholderData: (before) => before,
  });

  const setFilters = useCallback(
    (next: CustomerFilters) => void navigate({ to: '/customers', search: encodeFilters(next) }),
    [navigate],
  );
  const next = () => {
    const c = list.data?.next_cursor;
    if (c) setCursors((all) => [...all, c]);
  };
  return {
    filters,
    query,
    list,
    setFilters,
    page: cursors.length + 1,
    next,
    previous: () => setCursors((all) => all.slice(0, -1)),
  };
}
