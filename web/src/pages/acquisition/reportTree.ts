import type { Payback, ReportRow } from '../../api/acquisition';

export type ReportNode = ReportRow & { children?: ReportNode[] };

/** Rows of channels as their tree; one whose parent is not in the report stands at the top. */
export function nest(rows: readonly ReportRow[]): ReportNode[] {
  const nodes = new Map(rows.map((r) => [r.key, { ...r } as ReportNode]));
  const roots: ReportNode[] = [];
  for (const n of nodes.values()) {
    const parent = n.parent_id ? nodes.get(n.parent_id) : undefined;
    if (parent) parent.children = [...(parent.children ?? []), n];
    else roots.push(n);
  }
  return roots;
}

/** What the people of all months together have brought by each month since they came, a person. */
export interface Curve {
  /** By offset; a month that is too young for an offset is left out of it. */
  perPerson: number[];
  /** What winning one of the people behind the same point has cost. */
  cac: number[];
  /** How many people each point is about. */
  persons: number[];
}

export function curveOf(payback: Payback): Curve {
  const out: Curve = { perPerson: [], cac: [], persons: [] };
  const longest = Math.max(0, ...payback.months.filter((m) => m.persons > 0).map((m) => m.cells.length));
  for (let k = 0; k < longest; k++) {
    const old = payback.months.filter((m) => m.persons > 0 && m.cells.length > k);
    const persons = old.reduce((n, m) => n + m.persons, 0);
    out.persons.push(persons);
    out.perPerson.push(Math.round(old.reduce((n, m) => n + m.cells[k]!.net_minor, 0) / persons));
    out.cac.push(Math.round(old.reduce((n, m) => n + m.cost_minor, 0) / persons));
  }
  return out;
}
