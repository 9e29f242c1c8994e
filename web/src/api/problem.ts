/** One field that the server refused, as RFC 9457 extends it here. */
export interface FieldProblem {
  /** Where in the request, for example "body.email". */
  location: string;
  message: string;
  /** What was given, or where in it: of a refused text, its place. */
  value?: unknown;
}

/** An answer other than success, or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly fields: FieldProblem[];

  constructor(init: {
    status: number;
    title?: string;
    detail?: string;
    code?: string;
    requestId?: string;
    fields?: FieldProblem[];
  }) {
    super(init.detail || init.title || `HTTP ${init.status}`);
    this.name = 'Problem';
    this.status = init.status;
    this.title = init.title ?? '';
    this.detail = init.detail ?? '';
    this.code = init.code ?? '';
    this.requestId = init.requestId ?? '';
    this.fields = init.fields ?? [];
  }
}

/** Reads a problem+json answer; anything else (a proxy's page) keeps only its status. */
export function problemFrom(status: number, body: unknown, requestId: string): Problem {
  const o = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof o[key] === 'string' ? (o[key] as string) : '');
  const fields = Array.isArray(o.errors)
    ? o.errors.flatMap((e: unknown) => {
        const f = e as Partial<FieldProblem> | null;
        return f && typeof f.message === 'string'
          ? [{ location: typeof f.location === 'string' ? f.location : '', message: f.message, ...('value' in f ? { value: f.value } : {}) }]
          : [];
      })
    : [];
  return new Problem({
    status,
    title: text('title'),
    detail: text('detail'),
    code: text('code'),
    requestId: text('request_id') || requestId,
    fields,
  });
}

/** Turns whatever was thrown into a problem, so that every error looks the same on screen. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem({ status: 0, code: 'network' });
  return new Problem({ status: -1, code: 'console', detail: error instanceof Error ? error.message : String(error) });
}

/** What the reader can do about it: a key of the texts under `problem.now`. */
export function remedy(p: Problem): string {
  if (p.status === 0) return 'offline';
  if (p.status === 401) return 'signIn';
  if (p.status === 403) return 'permission';
  if (p.status === 404) return 'gone';
  if (p.status === 409) return 'reload';
  if (p.status === 413) return 'tooLarge';
  if (p.status === 429) return 'wait';
  if (p.status >= 400 && p.status < 500) return 'correct';
  if (p.status >= 500) return 'retry';
  return 'report';
}
