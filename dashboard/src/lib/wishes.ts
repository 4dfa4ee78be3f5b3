import { useEffect } from 'react';

/** What a page is to open with, asked for elsewhere. */
type Wish = 'window' | 'channel';

let wish: Wish | null = null;
const listeners = new Set<() => void>();

/** Has the page that is open, or is being loaded, begin a new thing. */
export function makeWish(made: Wish): void {
  wish = made;
  for (const listener of listeners) listener();
}

/** Begins a new thing when that was asked for elsewhere. */
export function useWish(granted: Wish, begin: (what: 'new') => void): void {
  useEffect(() => {
    const look = () => {
      if (wish !== granted) return;
      wish = null;
      begin('new');
    };
    look();
    listeners.add(look);
    return () => {
      listeners.delete(look);
    };
  }, [granted, begin]);
}
