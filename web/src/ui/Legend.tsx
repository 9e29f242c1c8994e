import type { ReactNode } from 'react';

/** What the colours of a chart stand for. */
export function Legend({ items }: { items: { name: string; color: string; figure?: ReactNode }[] }) {
  return (
    <ul className="fp-legend">
      {items.map((i) => (
        <li key={i.name}>
          <i style={{ background: i.color }} aria-hidden="true" />
          {i.figure ?? i.name}
        </li>
      ))}
    </ul>
  );
}
