import { useEffect, useState } from 'react';

const DEBOUNCE_MS = 400;

/** The value once it has not changed for a while. Must be the same text for the same value. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
