import type { ReactNode } from 'react';

/** Nothing here yet: what this is, and one way on. */
export function EmptyState({ title, text, action }: { title: string; text?: ReactNode; action?: ReactNode }) {
  return (
    <div className="fp-empty">
      <svg width="64" height="32" viewBox="0 0 64 32" aria-hidden="true" focusable="false">
        <path d="M2 12c10-7 20-7 30 0s20 7 30 0M2 24c10-7 20-7 30 0s20 7 30 0" fill="none" strokeWidth="2.5" strokeLinecap="round" />
      </svg>
      <h3>{title}</h3>
      {text && <p>{text}</p>}
      {action}
    </div>
  );
}
