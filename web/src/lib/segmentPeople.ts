export interface People {
  /** Ids of persons. */
  add: string[];
  identities: { kind: string; value: string }[];
}

/** How many of either kind one request may name. */
export const mostAtOnce = 5000;

/**
 * Reads people out of pasted lines or cells: ids of persons, addresses of mail,
 * phone numbers; anything else is taken for a member number. Each once.
 */
export function readPeople(text: string): People {
  const add = new Set<string>();
  const identities = new Map<string, { kind: string; value: string }>();
  for (const cell of text.split(/[\n\r\t,;，；、]+/)) {
    const value = cell.trim();
    if (value === '' || value.length > 300) continue;
    if (/^per_[0-9a-f-]{8,}$/i.test(value)) {
      add.add(value);
      continue;
    }
    const digits = value.replace(/[\s()-]/g, '');
    const kind = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? 'email' : /^\+?\d{7,15}$/.test(digits) ? 'phone' : 'member_no';
    identities.set(`${kind} ${kind === 'phone' ? digits : value}`, { kind, value: kind === 'phone' ? digits : value });
  }
  return { add: [...add], identities: [...identities.values()] };
}

/** The same people in as many requests as are needed. */
export function inRequests(people: People, most = mostAtOnce): People[] {
  const out: People[] = [];
  for (let i = 0; i < Math.max(people.add.length, people.identities.length); i += most) {
    out.push({ add: people.add.slice(i, i + most), identities: people.identities.slice(i, i + most) });
  }
  return out;
}
