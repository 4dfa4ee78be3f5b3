/** Runs `work` for a key at once, then at most once per `ms`; calls in between run once at the end. */
export function throttleByKey<K>(work: (key: K) => void, ms: number, nameOf: (key: K) => string) {
  const waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; again: boolean }>();

  function run(key: K): void {
    const name = nameOf(key);
    work(key);
    const timer = setTimeout(() => {
      const again = waiting.get(name)?.again;
      waiting.delete(name);
      if (again) run(key);
    }, ms);
    waiting.set(name, { timer, again: false });
  }

  return {
    call(key: K): void {
      const entry = waiting.get(nameOf(key));
      if (entry) entry.again = true;
      else run(key);
    },
    cancel(): void {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
