import { createContext, useContext } from 'react';
import type { Counts, Spec, StepCounts, StepKind } from '../../../api/journeys';
import type { Bends } from '../model/layout';
import type { Words } from '../model/words';

/** What is shown of somebody's path at a step. */
export interface Mark {
  /** The numbers of their visits there, from 1 on. */
  visits: number[];
  /** When they came, in words. */
  at?: string;
  /** They are there now. */
  here?: boolean;
  tone?: 'wrong';
}

export interface CanvasWorld {
  spec: Spec;
  words: Words;
  /** Which step it is when one reads along. */
  numbers: ReadonlyMap<string, number>;
  problems: ReadonlyMap<string, readonly string[]>;
  editable: boolean;
  /** Puts a new step into a way. */
  onAdd?: (from: string, way: number, kind: StepKind) => void;
  counts?: Counts;
  countOf: (step: string) => StepCounts | undefined;
  peopleOn: (step: string, way: number) => number | undefined;
  onPeople?: (step: string) => void;
  marks?: ReadonlyMap<string, Mark>;
  /** Lines that somebody took, as lineId gives them. */
  trail?: ReadonlySet<string>;
  /** How long lines go round what lies between, by bendKey; the canvas knows. */
  bends?: Bends;
  /** The line onto which something is being dragged. */
  aim?: string;
}

export const CanvasContext = createContext<CanvasWorld | null>(null);

export function useCanvas(): CanvasWorld {
  const world = useContext(CanvasContext);
  if (!world) throw new Error('outside a canvas');
  return world;
}

export const lineId = (from: string, way: number): string => `${from || '@start'} ${way}`;
