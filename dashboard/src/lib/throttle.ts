/** Work that has not ended by then does not hold up what comes after it. */
export const MAX_WORK_MS = 60_000;

interface Entry {
  /** Until the work is given up, and then until the pause after it is over. */
  timer: ReturnType<typeof setTimeout> | undefined;
  again: boolean;
}

/**
 * Runs `work` for a key at once, and again no sooner than `ms` after it has ended; calls in between run once then. So
 * work that takes longer than the pause is not begun anew before it is done.
 */
export function throttleByKey<K>(
  work: (key: K) => unknown,
  ms: number,
  nameOf: (key: K) => string,
): { call: (key: K) => void; cancel: () => void } {
  const entries = new Map<string, Entry>();

  function run(key: K): void {
    const name = nameOf(key);
    const entry: Entry = { timer: undefined, again: false };
    let isResting = false;
    const rest = () => {
      // It may be cancelled by now, or have been given up.
      if (isResting || entries.get(name) !== entry) return;
      isResting = true;
      clearTimeout(entry.timer);
      entry.timer = setTimeout(() => {
        entries.delete(name);
        if (entry.again) run(key);
      }, ms);
    };
    entries.set(name, entry);
    const working = work(key);
    if (working instanceof Promise) {
      entry.timer = setTimeout(rest, MAX_WORK_MS);
      void working.then(rest, rest);
    } else {
      rest();
    }
  }

  return {
    call(key: K): void {
      const entry = entries.get(nameOf(key));
      if (entry) entry.again = true;
      else run(key);
    },
    cancel(): void {
      for (const { timer } of entries.values()) clearTimeout(timer);
      entries.clear();
    },
  };
}
