import { useId, type ReactNode } from 'react';

interface Props {
  label: ReactNode;
  help?: ReactNode;
  error?: string;
  children: (id: string) => ReactNode;
}

/** A label, a field, a hint, and what the server said of it. */
export function Field({ label, help, error, children }: Props) {
  const id = useId();
  return (
    <div className={`fp-field${error ? ' wrong' : ''}`}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {error && (
        <div className="fp-no fp-small" role="alert">
          {error}
        </div>
      )}
      {help && <div className="fp-muted fp-small">{help}</div>}
    </div>
  );
}
