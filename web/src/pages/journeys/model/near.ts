// What is near what in a drawing: for keys that move, and for things that are dropped.
import type { Step } from '../../../api/journeys';
import { edgesOf, type Edge } from './graph';
import type { Places } from './layout';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The box to which a key leads: up and down the nearest row first, to the sides the row that one is in. */
export function neighbour(places: Places, from: string, to: Direction): string | undefined {
  const at = places[from];
  if (!at) return undefined;
  let best: string | undefined;
  let least = Infinity;
  for (const [id, [x, y]] of Object.entries(places)) {
    if (id === from) continue;
    const [dx, dy] = [x - at[0], y - at[1]];
    const along = to === 'down' ? dy : to === 'up' ? -dy : to === 'right' ? dx : -dx;
    const across = Math.abs(to === 'up' || to === 'down' ? dx : dy);
    if (along < 10) continue;
    const far = along + (to === 'up' || to === 'down' ? 0.5 : 3) * across;
    if (far < least) {
      least = far;
      best = id;
    }
  }
  return best;
}

/** How high a box is, as far as dropping is concerned, in pixels. */
const high = 64;

function distance(x: number, y: number, a: readonly [number, number], b: readonly [number, number]): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const along = Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - a[0] - along * dx, y - a[1] - along * dy);
}

/** The line onto which something falls that is dropped there; none when it falls beside all of them. */
export function lineAt(steps: readonly Step[], places: Places, x: number, y: number, reach = 42): Edge | undefined {
  let best: Edge | undefined;
  let least = reach;
  for (const e of edgesOf(steps)) {
    const [a, b] = [places[e.from], places[e.to]];
    if (!a || !b) continue;
    const far = distance(x, y, [a[0], a[1] + high], b);
    if (far < least) {
      least = far;
      best = e;
    }
  }
  return best;
}

/** The box onto which, or right under which, something falls. */
export function boxAt(places: Places, x: number, y: number): string | undefined {
  return Object.entries(places).find(([, [u, v]]) => Math.abs(x - u) < 120 && y > v - 10 && y < v + high + 60)?.[0];
}
