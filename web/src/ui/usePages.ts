import { useEffect, useState } from 'react';

/** Where somebody is in a list that has only a way forward. */
export interface Pages {
  cursor: string | undefined;
  /** From 1 on. */
  number: number;
  forward: (next: string) => void;
  back: () => void;
}

/** Page after page; a change of what the list depends on (its filters) takes it back to the first. */
export function usePages(...dependsOn: (string | undefined)[]): Pages {
  const key = JSON.stringify(dependsOn);
  const [at, setAt] = useState<{ key: string; cursors: string[] }>({ key, cursors: [] });
  useEffect(() => setAt({ key, cursors: [] }), [key]);
  const cursors = at.key === key ? at.cursors : [];
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    forward: (next) => setAt({ key, cursors: [...cursors, next] }),
    back: () => setAt({ key, cursors: cursors.slice(0, -1) }),
  };
}
