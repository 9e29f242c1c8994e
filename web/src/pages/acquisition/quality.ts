import type { Figures } from '../../api/acquisition';

/** What a row's price and quality, beside those of everybody, come to. */
export type Verdict = 'cheapBad' | 'dearBad' | 'dearGood' | 'cheapGood' | 'few';

/** Fewer people than this say nothing about quality. */
export const fewPersons = 20;

/**
 * Judges a row by what a person cost and how many of them bought, each against
 * the whole. Undefined: nothing stands out, or there is nothing to compare with.
 */
export function verdictOf(row: Figures, whole: Figures): Verdict | undefined {
  if (row.persons <= 0 || row.cac_minor === null || whole.cac_minor === null || !whole.cac_minor || !whole.reached_first || row.reached_first === null) return undefined;
  if (row.persons < fewPersons) return 'few';
  const price = row.cac_minor / whole.cac_minor;
  const quality = row.reached_first / whole.reached_first;
  if (quality < 0.7) return price <= 0.8 ? 'cheapBad' : price >= 1.25 ? 'dearBad' : undefined;
  if (quality >= 1.2 && price >= 1.25) return 'dearGood';
  if (quality >= 1 && price <= 0.8) return 'cheapGood';
  return undefined;
}

/** How many of a row's people have bought since they came. */
export const buyersOf = (f: Figures) => (f.reached_first === null ? 0 : f.persons * f.reached_first);

/** What one who bought has cost: cheap people who never buy make this dear. */
export function costPerBuyer(f: Figures): number | undefined {
  const buyers = buyersOf(f);
  return buyers > 0 ? Math.round(f.cost_minor / buyers) : undefined;
}
