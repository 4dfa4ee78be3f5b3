import { createContext, useContext, useSyncExternalStore } from 'react';

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(tick, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time at which the clock stands below, if it does. */
export const StoppedClock = createContext<number | null>(null);

const standStill = () => () => {};

/** The current time, updated every second by one shared timer, or in longer steps. */
export function useNow(stepMs = 1): number {
  const stopped = useContext(StoppedClock);
  const step = () => Math.floor(now / stepMs) * stepMs;
  const running = useSyncExternalStore(stopped === null ? subscribe : standStill, step);
  return stopped ?? running;
}
