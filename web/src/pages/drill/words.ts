import type { TFunction } from 'i18next';
import type { DrillPeopleInput, DrillUnit } from '../../api/drill';

/** How a unit is called: platforms by their key, all others by their name. */
export function unitName(t: TFunction, u: { kind: string; id: string; name: string }): string {
  if (u.kind === 'platform') return t(`drill.platform.${u.id}`, { defaultValue: u.id });
  return u.name || u.id;
}

/** The unit without which most would be lost; none when nobody would. */
export function worst(units: readonly DrillUnit[]): DrillUnit | undefined {
  let found: DrillUnit | undefined;
  for (const u of units) if (u.lost > (found?.lost ?? 0)) found = u;
  return found;
}

/** What stands in the address, read carefully: somebody may have typed it. */
export function readPeople(text: unknown): (DrillPeopleInput & { title?: string }) | undefined {
  if (typeof text !== 'string' || !text) return undefined;
  try {
    const v = JSON.parse(text) as DrillPeopleInput & { title?: string };
    return v && typeof v === 'object' && typeof v.run_id === 'string' && typeof v.figure === 'string' ? v : undefined;
  } catch {
    return undefined;
  }
}

/** A change with its sign. */
export function signed(value: number, show: (n: number) => string): string {
  return value > 0 ? `+${show(value)}` : value < 0 ? `−${show(-value)}` : show(0);
}
