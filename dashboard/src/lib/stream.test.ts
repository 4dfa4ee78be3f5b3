import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reconnectDelay } from './reconnect';
import { openStream, type StreamState } from './stream';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const streamOf = (...chunks: string[]) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    }),
  );

function start(answers: (() => Promise<Response>)[]) {
  const ids: string[] = [];
  const states: StreamState[] = [];
  const events: string[] = [];
  const onGap = vi.fn();
  const close = openStream({
    connect(lastEventId, signal) {
      ids.push(lastEventId);
      const answer = answers.shift();
      if (answer) return answer();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    onEvent: ({ data }) => events.push(data),
    onState: (state) => states.push(state),
    onGap,
  });
  return { ids, states, events, onGap, close };
}

describe('openStream', () => {
  it('resumes after the last complete event', async () => {
    const run = start([async () => streamOf('id: 5\ndata: a\n\n', 'id: 6\ndata: cut')]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(run.events).toEqual(['a']);
    expect(run.ids).toEqual(['', '5']);
    expect(run.states).toEqual(['connecting', 'live', 'reconnecting', 'reconnecting']);
    expect(run.onGap).toHaveBeenCalledTimes(1);
    run.close();
  });

  it('reports what was before the first event as a gap, also after a failed attempt', async () => {
    const run = start([
      () => Promise.reject(new Error('refused')),
      async () => streamOf(': nothing yet\n\n'),
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(run.onGap).toHaveBeenCalledTimes(1);
    run.close();
  });

  it('drops an idle connection', async () => {
    const idle = async () => new Response(new ReadableStream());
    const run = start([idle]);
    await vi.advanceTimersByTimeAsync(39_000);
    expect(run.states).toEqual(['connecting', 'live']);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(run.ids).toHaveLength(2);
    run.close();
  });

  it('stops when it is closed', async () => {
    const run = start([]);
    run.close();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(run.ids).toHaveLength(1);
  });
});

describe('reconnectDelay', () => {
  it('doubles up to a limit, with 50% jitter', () => {
    expect([0, 1, 2].map((n) => reconnectDelay(n, () => 1))).toEqual([1_000, 2_000, 4_000]);
    expect(reconnectDelay(20, () => 1)).toBe(30_000);
    expect(reconnectDelay(20, () => 0)).toBe(15_000);
  });
});
