import { useMemo } from 'react';
import type { Spec } from '../../../api/journeys';
import { inOrder } from '../model/graph';

/** Which step it is when one reads along: 1, 2, 3 … */
export function useNumbers(spec: Spec): ReadonlyMap<string, number> {
  const { steps } = spec.graph;
  return useMemo(() => new Map(inOrder(steps).map((s, i) => [s.id, i + 1])), [steps]);
}
