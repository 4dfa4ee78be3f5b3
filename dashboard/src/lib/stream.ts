import { pause, reconnectDelay } from './reconnect';
import { EventStreamParser, type ServerEvent } from './sse';

export type StreamState = 'connecting' | 'live' | 'reconnecting';

export interface StreamOptions {
  /** Sends the request; resolves with the response headers. */
  connect(lastEventId: string, signal: AbortSignal): Promise<Response>;
  onEvent(event: ServerEvent): void;
  onState(state: StreamState): void;
  /** Called whenever something arrives, if only a comment. */
  onData?(): void;
  /** Called when the stream opens without an ID to resume after: what happened before is not in it. */
  onGap(): void;
}

/** The server sends a comment every 15 s; a connection idle for longer is dead. */
const IDLE_TIMEOUT_MS = 40_000;

/** Keeps an event stream open until the returned function is called. */
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
          if (lastEventId === '') options.onGap();
        },
        onData(id) {
          options.onData?.();
          attempt = 0;
          lastEventId = id || lastEventId;
        },
      });
    } catch {
      // Whatever ended the connection: reconnect after a delay.
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
  let idleTimer = setTimeout(abort, IDLE_TIMEOUT_MS);
  try {
    const response = await options.connect(lastEventId, connection.signal);
    if (!response.ok || !response.body)
      throw new Error(`stream request failed with status ${response.status}`);
    on.onOpen();
    const parser = new EventStreamParser();
    const reader = response.body.getReader();
    connection.signal.addEventListener('abort', () => void reader.cancel().catch(() => {}));
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stopped.aborted) return;
      clearTimeout(idleTimer);
      idleTimer = setTimeout(abort, IDLE_TIMEOUT_MS);
      for (const event of parser.push(decoder.decode(value, { stream: true }))) options.onEvent(event);
      on.onData(parser.lastEventId);
    }
  } finally {
    clearTimeout(idleTimer);
    stopped.removeEventListener('abort', abort);
    connection.abort();
  }
}
