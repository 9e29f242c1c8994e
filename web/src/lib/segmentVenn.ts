// Circles whose areas are sizes. Two can be drawn true; three cannot always,
// and are put so that every two of them overlap as they should.

export interface Circle {
  x: number;
  y: number;
  r: number;
}

/** The area that two circles share. */
export function lens(r: number, s: number, d: number): number {
  if (d >= r + s) return 0;
  if (d <= Math.abs(r - s)) return Math.PI * Math.min(r, s) ** 2;
  const a = Math.acos((d * d + r * r - s * s) / (2 * d * r));
  const b = Math.acos((d * d + s * s - r * r) / (2 * d * s));
  return r * r * (a - Math.sin(2 * a) / 2) + s * s * (b - Math.sin(2 * b) / 2);
}

/** How far apart two circles stand that share this area. */
export function distance(r: number, s: number, shared: number): number {
  if (shared <= 0) return (r + s) * 1.06; // apart, and seen to be
  let near = Math.abs(r - s);
  let far = r + s;
  if (shared >= Math.PI * Math.min(r, s) ** 2 - 1e-9) return near;
  for (let i = 0; i < 60; i++) {
    const d = (near + far) / 2;
    if (lens(r, s, d) > shared) near = d;
    else far = d;
  }
  return (near + far) / 2;
}

/** Two or three circles for these sizes; both says how many two of them share. */
export function venn(sizes: number[], both: (i: number, j: number) => number): { circles: Circle[]; box: string; unit: number } {
  const most = Math.max(1, ...sizes);
  const radius = (n: number) => Math.sqrt(n / most / Math.PI);
  const r = sizes.map((n) => Math.max(0.02, radius(n)));
  const gap = (i: number, j: number) => distance(r[i]!, r[j]!, both(i, j) / most);
  const circles: Circle[] = r.length > 0 ? [{ x: 0, y: 0, r: r[0]! }] : [];
  if (r.length > 1) circles.push({ x: gap(0, 1), y: 0, r: r[1]! });
  if (r.length > 2) {
    const [ab, ac, bc] = [gap(0, 1), gap(0, 2), gap(1, 2)];
    // Where the three distances make no triangle, the third is put as near to it as can be.
    const x = ab === 0 ? ac : Math.max(-ac, Math.min(ac, (ab * ab + ac * ac - bc * bc) / (2 * ab)));
    circles.push({ x, y: Math.sqrt(Math.max(0, ac * ac - x * x)), r: r[2]! });
  }
  const left = Math.min(...circles.map((c) => c.x - c.r));
  const right = Math.max(...circles.map((c) => c.x + c.r));
  const top = Math.min(...circles.map((c) => c.y - c.r));
  const bottom = Math.max(...circles.map((c) => c.y + c.r));
  const unit = Math.max(right - left, bottom - top) / 200;
  const pad = unit * 2;
  return { circles, unit, box: [left - pad, top - pad, right - left + 2 * pad, bottom - top + 2 * pad].map((n) => n.toFixed(4)).join(' ') };
}
