import type { Step } from '../../../api/journeys';

/** What was copied last; it can be pasted into another journey as well, as long as the page is open. */
let held: Step[] = [];

export const hold = (steps: readonly Step[]): void => {
  held = structuredClone([...steps]);
};

export const holding = (): readonly Step[] => held;
