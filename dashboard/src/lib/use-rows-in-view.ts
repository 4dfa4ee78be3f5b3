import { type RefObject, useLayoutEffect, useState } from 'react';
import { rowsInView, type Span } from './virtual';

/** Which of so many rows in an element of the page are in sight, as the window is scrolled and resized. */
export function useRowsInView(list: RefObject<HTMLElement | null>, count: number, rowHeight: number): Span {
  const [span, setSpan] = useState<Span>({ from: 0, until: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      if (!list.current) return;
      const above = -list.current.getBoundingClientRect().top;
      const next = rowsInView({ count, rowHeight, above, height: window.innerHeight });
      setSpan((old) => (old.from === next.from && old.until === next.until ? old : next));
    };
    measure();
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [list, count, rowHeight]);
  // It is measured before anything is painted.
  return { from: Math.min(span.from, count), until: Math.min(span.until, count) };
}
