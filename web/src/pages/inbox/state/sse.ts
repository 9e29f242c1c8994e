// Server-sent events over fetch. The browser's own EventSource hides the numbers of
// events without data, does not say why it was refused, and never notices a line
// that is dead but not closed.

export interface StreamEvent {
  name: string;
  data: string;
}

export interface LineHandlers {
  /** It is on; resumed: everything since the last number will be told. */
  onOpen: (resumed: boolean) => void;
  onEvent: (event: StreamEvent) => void;
  /** What came at once has been handed over: the moment to draw. */
  onFlush?: () => void;
  onLost: (status: number) => void;
}

/** Splits what comes over a line into events. Chunks may end anywhere, also within a line. */
export function eventParser(onEvent: (event: StreamEvent) => void, onId: (id: string) => void): (chunk: string) => void {
  let rest = '';
  let name = '';
  let data: string[] = [];
  let id: string | undefined;
  return (chunk) => {
    rest += chunk;
    for (;;) {
      const end = rest.indexOf('\n');
      if (end < 0) return;
      const line = rest.slice(0, end).replace(/\r$/, '');
      rest = rest.slice(end + 1);
      if (line === '') {
        if (data.length > 0) onEvent({ name: name || 'message', data: data.join('\n') });
        // Only a whole event is known: one that was cut off is asked for again.
        if (id !== undefined) onId(id);
        name = '';
        data = [];
        id = undefined;
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') name = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id') id = value;
    }
  };
}

/** Silence after which a line counts as dead: the server says something every 15 seconds. In milliseconds. */
const deadAfter = 40_000;

/** How long to wait before the n-th try in a row, from 0. In milliseconds. */
export function backOff(tries: number, random = Math.random()): number {
  return Math.min(15_000, 500 * 2 ** Math.min(tries, 5)) * (0.7 + 0.6 * random);
}

/**
 * Keeps one line open until it is closed: comes back by itself, later and later,
 * at once when the network is back, and goes on behind the last event that it
 * was told.
 */
export function openLine(address: (since?: string) => string, handlers: LineHandlers): { close: () => void; now: () => void } {
  let since: string | undefined;
  let tries = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: AbortController | undefined;

  const again = () => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void connect(), backOff(tries++));
  };
  const connect = async () => {
    clearTimeout(timer);
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    let watch: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(watch);
      watch = setTimeout(() => mine.abort(), deadAfter);
    };
    let status = 0;
    try {
      heard();
      const resumed = since !== undefined;
      const response = await fetch(address(since), { signal: mine.signal, credentials: 'same-origin', headers: { Accept: 'text/event-stream' }, cache: 'no-store' });
      status = response.status;
      if (response.ok && response.body) {
        let open = false;
        const parse = eventParser(handlers.onEvent, (id) => {
          since = id;
          if (open) return;
          open = true;
          tries = 0;
          handlers.onOpen(resumed);
        });
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        for (;;) {
          const { done, value } = await reader.read();
          if (done || closed) break;
          heard();
          parse(decoder.decode(value, { stream: true }));
          handlers.onFlush?.();
        }
      }
    } catch {
      // Lost, or ended by us: what follows is the same.
    } finally {
      clearTimeout(watch);
    }
    if (closed || abort !== mine) return;
    handlers.onLost(status);
    again();
  };
  const now = () => {
    tries = 0;
    void connect();
  };
  const offline = () => abort?.abort();
  window.addEventListener('online', now);
  window.addEventListener('offline', offline);
  void connect();
  return {
    now,
    close: () => {
      closed = true;
      clearTimeout(timer);
      abort?.abort();
      window.removeEventListener('online', now);
      window.removeEventListener('offline', offline);
    },
  };
}
