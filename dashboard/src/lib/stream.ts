import { EventStreamParser, type ServerEvent } from './sse';

export type StreamState = 'connecting' | 'live' | 'reconnecting';

export interface StreamOptions {
  /** Makes the request; resolves when the response's headers are there. */
  connect(lastEventId: string, signal: AbortSignal): Promise<Response>;
  onEvent(event: ServerEvent): void;
  onState(state: StreamState): void;
  /** Called when a new connection cannot tell what was missed, because no event had an id before. */
  onGap(): void;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
/** The server sends a comment every 15 s; a connection quiet for longer is dead without having said so. */
const QUIET_LIMIT_MS = 40_000;

/** Exponential, with a jitter of half of it, so that a restarted server is not met by all browsers at once. */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return ceiling / 2 + (random() * ceiling) / 2;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    window.addEventListener('online', done);
  });
}

/** Keeps a stream of events open until the returned function is called. */
export function openStream(options: StreamOptions): () => void {
  const stop = new AbortController();
  void keepOpen(options, stop.signal);
  return () => stop.abort();
}

async function keepOpen(options: StreamOptions, stopped: AbortSignal): Promise<void> {
  let lastEventId = '';
  let attempt = 0;
  for (let connection = 0; !stopped.aborted; connection++) {
    options.onState(connection === 0 ? 'connecting' : 'reconnecting');
    try {
      await readOnce(options, stopped, lastEventId, {
        onOpen() {
          options.onState('live');
          if (connection > 0 && lastEventId === '') options.onGap();
        },
        onData(id) {
          attempt = 0;
          lastEventId = id || lastEventId;
        },
      });
    } catch {
      // Whatever ended the connection, the answer is the same: connect again, later.
    }
    if (stopped.aborted) return;
    options.onState('reconnecting');
    await pause(reconnectDelay(attempt++), stopped);
  }
}

async function readOnce(
  options: StreamOptions,
  stopped: AbortSignal,
  lastEventId: string,
  on: { onOpen(): void; onData(id: string): void },
): Promise<void> {
  const connection = new AbortController();
  const abort = () => connection.abort();
  stopped.addEventListener('abort', abort);
  let quiet = setTimeout(abort, QUIET_LIMIT_MS);
  try {
    const response = await options.connect(lastEventId, connection.signal);
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    on.onOpen();
    const parser = new EventStreamParser();
    const reader = response.body.getReader();
    connection.signal.addEventListener('abort', () => void reader.cancel().catch(() => {}));
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stopped.aborted) return;
      clearTimeout(quiet);
      quiet = setTimeout(abort, QUIET_LIMIT_MS);
      for (const event of parser.push(decoder.decode(value, { stream: true }))) options.onEvent(event);
      on.onData(parser.lastEventId);
    }
  } finally {
    clearTimeout(quiet);
    stopped.removeEventListener('abort', abort);
    connection.abort();
  }
}
