import { getRouteApi, useNavigate } from '@tanstack/react-router';

const route = getRouteApi('/shell/care');

/** The filters of a tab: they stand in the address, so that a view can be shared and come back to. */
export function useCareSearch(tab: string) {
  const search: Record<string, string | undefined> = route.useSearch();
  const navigate = useNavigate();
  const go = (next: Record<string, string | undefined>) => {
    const all = Object.entries({ ...search, ...next, tab }).filter((e): e is [string, string] => Boolean(e[1]));
    void navigate({ to: '/care', search: Object.fromEntries(all) });
  };
  return { search, go };
}
