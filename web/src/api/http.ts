import createClient from 'openapi-fetch';
import { problemFrom } from './problem';
import type { paths } from './schema.gen';

let language = 'zh-CN';
let onUnauthenticated: () => void = () => {};

/** Says in which language the server shall word its errors. */
export function setLanguage(tag: string): void {
  language = tag;
}

export const currentLanguage = () => language;

/** Registers what happens when the session has ended: once, by the router. */
export function whenUnauthenticated(then: () => void): void {
  onUnauthenticated = then;
}

/** For the few calls that do not go through the client: the session has ended. */
export function unauthenticated(): void {
  onUnauthenticated();
}

/** The API as its own description declares it: addresses, parameters and answers are checked when this is compiled. */
export const client = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });

client.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', language);
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; anything else is thrown as a problem. */
export async function ok<T>(pending: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await pending;
  if (response.ok) return data as T;
  const { pathname } = new URL(response.url, location.href);
  if (response.status === 401 && !pathname.includes('/auth/')) onUnauthenticated();
  throw problemFrom(response.status, error, response.headers.get('X-Request-Id') ?? '');
}

/** What tables are downloaded as. */
export type ExportFormat = 'csv' | 'xlsx';

/** An address for links that the browser follows by itself: downloads, redirects. */
export function address(path: keyof paths, query: Record<string, string | number | undefined> = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
