import { useEffect, useState } from 'react';

const DEBOUNCE_MS = 400;

/** The value once it has not changed for a while. Must be the same text for the same value. */
export function useSettled(text: string, delayMs = DEBOUNCE_MS): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), delayMs);
    return () => clearTimeout(timer);
  }, [text, delayMs]);
  return settled;
}
