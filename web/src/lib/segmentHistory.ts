/** What can be undone and done again. Changes of one mark in a row are one step: typing a number is. */
export interface History<T> {
  past: T[];
  now: T;
  future: T[];
  mark?: string;
}

const longest = 200;

export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [] });

export function change<T>(h: History<T>, now: T, mark?: string): History<T> {
  if (now === h.now) return h;
  if (mark !== undefined && mark === h.mark) return { ...h, now, future: [] };
  return { past: [...h.past, h.now].slice(-longest), now, future: [], mark };
}

export function undo<T>(h: History<T>): History<T> {
  const before = h.past.at(-1);
  return before === undefined ? h : { past: h.past.slice(0, -1), now: before, future: [h.now, ...h.future] };
}

export function redo<T>(h: History<T>): History<T> {
  const [next, ...future] = h.future;
  return next === undefined ? h : { past: [...h.past, h.now], now: next, future };
}
