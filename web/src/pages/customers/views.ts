import { encodeFilters, type CustomerFilters } from '../../lib/filters';

/** A named set of filters. Kept in this browser, one list per org. */
export interface SavedView {
  name: string;
  search: Record<string, string>;
}

const keyOf = (orgId: string) => `fishpond.views.${orgId}`;

export function readViews(orgId: string): SavedView[] {
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(keyOf(orgId)) ?? '[]');
    return Array.isArray(parsed)
      ? parsed.filter((v): v is SavedView => typeof v?.name === 'string' && typeof v?.search === 'object' && v.search !== null)
      : [];
  } catch {
    return [];
  }
}

export function writeViews(orgId: string, views: SavedView[]): void {
  try {
    localStorage.setItem(keyOf(orgId), JSON.stringify(views));
  } catch {
    // Storage is off or full: the view is gone with the page, nothing else is.
  }
}

/** Adds a view, or replaces the one of the same name. */
export function withView(views: SavedView[], name: string, filters: CustomerFilters): SavedView[] {
  return [...views.filter((v) => v.name !== name), { name, search: encodeFilters(filters) }];
}
