import { createContext, useContext } from 'react';
import type { SegmentVocabulary } from '../../api/types';
import type { BuilderState } from './useBuilder';

interface BuilderWorld {
  builder: BuilderState;
  vocabulary: SegmentVocabulary;
  /** Puts the keyboard onto a part once it is there. */
  focus: (id: string) => void;
}

export const BuilderContext = createContext<BuilderWorld | null>(null);

export function useBuilderWorld(): BuilderWorld {
  const world = useContext(BuilderContext);
  if (!world) throw new Error('outside a builder');
  return world;
}
