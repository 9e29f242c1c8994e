import type { EventKind } from '../../api/measure';

export interface TabProps {
  kinds: EventKind[];
  /** The question in the address, as JSON. */
  asked: string | undefined;
  ask: (question: unknown) => void;
}

/** Reads the question in the address; whatever is broken there is as if nothing was asked. */
export function readQuestion<T extends object>(asked: string | undefined): T | undefined {
  if (!asked) return undefined;
  try {
    const value: unknown = JSON.parse(asked);
    return value && typeof value === 'object' && !Array.isArray(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds as people say them: the two largest units. */
export function spanText(seconds: number, unit: (name: 'day' | 'hour' | 'minute' | 'second', n: number) => string): string {
  const whole = Math.round(seconds);
  const parts: [('day' | 'hour' | 'minute' | 'second'), number][] = [
    ['day', Math.floor(whole / 86_400)],
    ['hour', Math.floor((whole % 86_400) / 3600)],
    ['minute', Math.floor((whole % 3600) / 60)],
    ['second', whole % 60],
  ];
  const first = parts.findIndex(([, n]) => n > 0);
  if (first < 0) return unit('second', 0);
  return parts
    .slice(first, first + 2)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => unit(name, n))
    .join(' ');
}
