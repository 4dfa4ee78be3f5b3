import { useEffect, useRef, useState } from 'react';

/** The value; one that is newer, of the same key, at most once per `ms`. Of another key it is there at once. */
export function useCalm<T>(value: T, key: string, ms: number): T {
  const latest = useRef(value);
  latest.current = value;
  const [shown, setShown] = useState(() => ({ value, key, at: Date.now() }));
  const isOther = shown.key !== key;
  if (isOther) setShown({ value, key, at: Date.now() });
  useEffect(() => {
    if (shown.value === value) return;
    const show = () => setShown({ value: latest.current, key, at: Date.now() });
    const timer = setTimeout(show, Math.max(0, shown.at + ms - Date.now()));
    return () => clearTimeout(timer);
  }, [shown, value, key, ms]);
  return isOther ? value : shown.value;
}
