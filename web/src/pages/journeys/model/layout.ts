// Where steps are drawn when nobody has put them anywhere: layer under layer, few
// crossings, each step near the middle of what it hangs on. After Sugiyama, Tagawa
// and Toda (1981); rings are broken at the line that closes them.
import type { Spec, Step } from '../../../api/journeys';
import { edgesOf, inOrder, start } from './graph';

export type Places = Record<string, [number, number]>;

/** The room that a step takes, with what stays free around it, in pixels. */
export const room = { width: 264, height: 116 };

/** How high a step is drawn, and how far above a step the lines to it gather. */
export const box = { height: 56, above: 26 };

interface Cell {
  id: string;
  layer: number;
  up: Cell[];
  down: Cell[];
  /** A line that passes through a layer takes less room than a step. */
  line: boolean;
  x: number;
}

/** Lines that lead back: taken along, there would be no top and no bottom. */
function backward(steps: readonly Step[], lines: readonly { from: string; to: string }[]): Set<number> {
  const out = new Map<string, number[]>();
  lines.forEach((e, i) => out.set(e.from, [...(out.get(e.from) ?? []), i]));
  const state = new Map<string, 'open' | 'done'>();
  const back = new Set<number>();
  const visit = (id: string) => {
    state.set(id, 'open');
    for (const i of out.get(id) ?? []) {
      const to = lines[i]!.to;
      if (state.get(to) === 'open') back.add(i);
      else if (!state.has(to)) visit(to);
    }
    state.set(id, 'done');
  };
  visit(start);
  for (const s of steps) if (!state.has(s.id)) visit(s.id);
  return back;
}

function layersOf(steps: readonly Step[]): { layers: Cell[][]; cells: Map<string, Cell>; passing: { from: string; way: number; through: Cell[] }[] } {
  const lines = edgesOf(steps);
  const back = backward(steps, lines);
  const forth = lines.filter((_, i) => !back.has(i));
  const depth = new Map<string, number>();
  const into = new Map<string, string[]>();
  for (const e of forth) into.set(e.to, [...(into.get(e.to) ?? []), e.from]);
  const deep = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    const from = into.get(id) ?? [];
    // Loose steps stand in the second layer, beside the first.
    const d = id === start ? 0 : from.length === 0 ? 1 : Math.max(...from.map(deep)) + 1;
    depth.set(id, d);
    return d;
  };
  const cells = new Map<string, Cell>();
  const layers: Cell[][] = [];
  const put = (id: string, layer: number, line: boolean): Cell => {
    const cell: Cell = { id, layer, up: [], down: [], line, x: 0 };
    while (layers.length <= layer) layers.push([]);
    layers[layer]!.push(cell);
    if (!line) cells.set(id, cell);
    return cell;
  };
  put(start, 0, false);
  for (const s of inOrder(steps)) put(s.id, deep(s.id), false);
  const passing: { from: string; way: number; through: Cell[] }[] = [];
  for (const e of forth) {
    let from = cells.get(e.from)!;
    const through: Cell[] = [];
    const to = cells.get(e.to)!;
    for (let layer = from.layer + 1; layer < to.layer; layer++) {
      const line = put('', layer, true);
      through.push(line);
      from.down.push(line);
      line.up.push(from);
      from = line;
    }
    from.down.push(to);
    to.up.push(from);
    if (through.length > 0) passing.push({ from: e.from, way: e.way, through });
  }
  return { layers, cells, passing };
}

const mean = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / all.length;

/** Sorts each layer by where its neighbours stand, down and up again, as long as that helps. */
function untangle(layers: Cell[][]): void {
  const at = new Map<Cell, number>();
  const number = () => layers.forEach((l) => l.forEach((c, i) => at.set(c, i)));
  const crossings = () => {
    let n = 0;
    for (const layer of layers) {
      const ends = layer.flatMap((c) => c.down.map((d) => at.get(d)!));
      for (let i = 0; i < ends.length; i++) for (let j = i + 1; j < ends.length; j++) if (ends[i]! > ends[j]!) n++;
    }
    return n;
  };
  number();
  let best = layers.map((l) => [...l]);
  let fewest = crossings();
  for (let round = 0; round < 8 && fewest > 0; round++) {
    const downward = round % 2 === 0;
    const sweep = downward ? layers.slice(1) : layers.slice(0, -1).reverse();
    for (const layer of sweep) {
      const key = new Map(
        layer.map((c) => {
          const near = downward ? c.up : c.down;
          // Among those that hang on the same step, the order of its ways.
          return [c, near.length === 0 ? at.get(c)! : mean(near.map((n) => at.get(n)! + (downward ? n.down.indexOf(c) / 100 : 0)))] as const;
        }),
      );
      layer.sort((a, b) => key.get(a)! - key.get(b)!);
      layer.forEach((c, i) => at.set(c, i));
    }
    const now = crossings();
    if (now < fewest) {
      fewest = now;
      best = layers.map((l) => [...l]);
    }
  }
  best.forEach((l, i) => (layers[i] = l));
}

/** Gives places from left to right: as near as may be to what is wanted, with room between. */
function spread(layer: Cell[], wanted: (c: Cell) => number): void {
  const gap = (a: Cell, b: Cell) => ((a.line ? 0.45 : 1) + (b.line ? 0.45 : 1)) * 0.5 * room.width;
  // Neighbours that would overlap form a block, which stands where it suits all of them best.
  const blocks: { cells: Cell[]; offsets: number[]; at: number }[] = [];
  for (const c of layer) {
    let block = { cells: [c], offsets: [0], at: wanted(c) };
    for (;;) {
      const before = blocks.at(-1);
      if (!before) break;
      const width = before.offsets.at(-1)! + gap(before.cells.at(-1)!, block.cells[0]!);
      if (before.at + width <= block.at) break;
      blocks.pop();
      const cells = [...before.cells, ...block.cells];
      const offsets = [...before.offsets, ...block.offsets.map((o) => o + width)];
      block = { cells, offsets, at: mean(cells.map((x, i) => wanted(x) - offsets[i]!)) };
    }
    blocks.push(block);
  }
  for (const b of blocks) b.cells.forEach((c, i) => (c.x = b.at + b.offsets[i]!));
}

/** Where a line that passes layers goes through them, by bendKey. */
export type Bends = Map<string, [number, number][]>;

export const bendKey = (from: string, way: number): string => `${from} ${way}`;

/** The middle of the upper edge of each step, and of the entry; and how long lines go round what lies between. */
export function layout(steps: readonly Step[]): { places: Places; bends: Bends } {
  const { layers, cells, passing } = layersOf(steps);
  untangle(layers);
  for (const layer of layers) spread(layer, () => 0);
  for (let round = 0; round < 12; round++) {
    const downward = round % 2 === 0;
    for (const layer of downward ? layers : [...layers].reverse())
      spread(layer, (c) => {
        const near = downward ? c.up : c.down;
        return near.length === 0 ? c.x : mean(near.map((n) => n.x));
      });
  }
  const zero = cells.get(start)?.x ?? 0;
  const places: Places = {};
  for (const [id, c] of cells) places[id] = [Math.round(c.x - zero), c.layer * room.height];
  const bends: Bends = new Map(passing.map((p) => [bendKey(p.from, p.way), p.through.map((c): [number, number] => [Math.round(c.x - zero), c.layer * room.height])]));
  return { places, bends };
}

/** Where somebody put steps. */
export function ownPlaces(layout: Spec['layout']): Places {
  const own: Places = {};
  for (const [id, at] of Object.entries(layout ?? {})) {
    const [x, y] = at ?? [];
    if (x !== undefined && y !== undefined) own[id] = [x, y];
  }
  return own;
}

/** Where everything is: as somebody put it, else as it lays itself out. */
export function placesOf(steps: readonly Step[], put: Spec['layout']): { places: Places; bends: Bends } {
  const auto = layout(steps);
  const own = ownPlaces(put);
  if (Object.keys(own).length === 0) return auto;
  const first = steps[0] && own[steps[0].id];
  const entry: [number, number] = own[start] ?? (first ? [first[0], first[1] - room.height] : auto.places[start]!);
  const places: Places = { [start]: entry };
  for (const s of steps) places[s.id] = own[s.id] ?? auto.places[s.id] ?? [0, 0];
  return { places, bends: new Map() };
}

/** A line as a path with round corners: down to above each thing that it passes, across, and down again. */
export function linePath(from: readonly [number, number], bends: readonly (readonly [number, number])[], to: readonly [number, number]): { path: string; across: { x: number; y: number } } {
  const points: [number, number][] = [[from[0], from[1]]];
  for (const [x, y] of [...bends, to]) {
    const level = y - box.above;
    points.push([points.at(-1)![0], level], [x, level]);
  }
  points.push([to[0], to[1]]);
  const kept = points.filter((p, i) => i === 0 || p[0] !== points[i - 1]![0] || p[1] !== points[i - 1]![1]);
  let path = `M ${kept[0]![0]} ${kept[0]![1]}`;
  for (let i = 1; i < kept.length - 1; i++) {
    const [a, b, c] = [kept[i - 1]!, kept[i]!, kept[i + 1]!];
    const r = Math.min(8, Math.hypot(b[0] - a[0], b[1] - a[1]) / 2, Math.hypot(c[0] - b[0], c[1] - b[1]) / 2);
    const toward = (p: [number, number]): string => {
      const far = Math.hypot(p[0] - b[0], p[1] - b[1]) || 1;
      return `${b[0] + ((p[0] - b[0]) / far) * r} ${b[1] + ((p[1] - b[1]) / far) * r}`;
    };
    path += ` L ${toward(a)} Q ${b[0]} ${b[1]} ${toward(c)}`;
  }
  const end = kept.at(-1)!;
  const first = bends[0] ?? to;
  return { path: `${path} L ${end[0]} ${end[1]}`, across: { x: (from[0] + first[0]) / 2, y: first[1] - box.above } };
}
