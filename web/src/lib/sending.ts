// Counts of a plan of messages, as progress shows them.

type Counts = Record<string, number> | null | undefined;

/** How many they are, whatever the reasons. */
export const totalOf = (byReason: Counts): number => Object.values(byReason ?? {}).reduce((a, b) => a + b, 0);

interface Plan {
  total: number;
  planned: number;
  sending: number;
  asked?: number;
  waiting: Counts;
}

/** Of how many in a hundred the outcome is known. Never 100 while one is not. */
export function through(p: Plan): number {
  if (p.total <= 0) return 0;
  const open = p.planned + totalOf(p.waiting) + p.sending + (p.asked ?? 0);
  return Math.floor((1 - open / p.total) * 100);
}

/** Reasons and how many for each, the most first. */
export const byMost = (byReason: Counts): [string, number][] =>
  Object.entries(byReason ?? {})
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
