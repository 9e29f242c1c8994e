import type { ReactNode } from 'react';

export function PageHeader({ title, note, extra }: { title: ReactNode; note?: ReactNode; extra?: ReactNode }) {
  return (
    <header className="fp-page-header">
      <div>
        <h1>{title}</h1>
        {note && <p>{note}</p>}
      </div>
      {extra && <div className="fp-page-extra">{extra}</div>}
    </header>
  );
}
