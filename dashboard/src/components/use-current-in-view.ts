import { useLocation } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';

/** Of links that may not fit beside each other, scrolls to the one of the current page; again when `changing` does. */
export function useCurrentInView(changing?: unknown): RefObject<HTMLElement | null> {
  const path = useLocation({ select: ({ pathname }) => pathname });
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: on each page, and when something moves it
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current=page]');
    if (nav.current && current) {
      nav.current.scrollLeft = current.offsetLeft - nav.current.offsetLeft - nav.current.clientWidth / 2;
    }
  }, [path, changing]);
  return nav;
}
