import { problemFrom } from './problem';

const base = '/api/v1';

type Query = Record<string, string | number | boolean | undefined | null>;

let language = 'zh-CN';
let onUnauthenticated: () => void = () => {};

/** Says in which language the server shall word its errors. */
export function setLanguage(tag: string): void {
  language = tag;
}

/** Registers what happens when the session has ended: once, by the router. */
export function whenUnauthenticated(then: () => void): void {
  onUnauthenticated = then;
}

export function address(path: string, query?: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return base + path + (text ? `?${text}` : '');
}

async function call<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T> {
  const form = body instanceof FormData;
  const response = await fetch(address(path, query), {
    method,
    credentials: 'same-origin',
    headers: {
      Accept: 'application/json',
      'Accept-Language': language,
      ...(body !== undefined && !form ? { 'Content-Type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  let data: unknown;
  try {
    data = text ? JSON.parse(text) : undefined;
  } catch {
    data = undefined;
  }
  if (!response.ok) {
    if (response.status === 401 && !path.startsWith('/auth/')) onUnauthenticated();
    throw problemFrom(response.status, data, response.headers.get('X-Request-Id') ?? '');
  }
  return data as T;
}

export const get = <T>(path: string, query?: Query) => call<T>('GET', path, query);
export const post = <T>(path: string, body?: unknown) => call<T>('POST', path, undefined, body ?? {});
export const put = <T>(path: string, body?: unknown) => call<T>('PUT', path, undefined, body ?? {});
export const patch = <T>(path: string, body: unknown) => call<T>('PATCH', path, undefined, body);
export const del = <T>(path: string, query?: Query) => call<T>('DELETE', path, query);

export const currentLanguage = () => language;
