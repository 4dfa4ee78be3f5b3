import { useSyncExternalStore } from 'react';

export type Density = 'comfortable' | 'compact';

const STORAGE_KEY = 'monitor-rows';
const listeners = new Set<() => void>();

/** Of one row, in pixels where the browser's text is as large as usual. */
const ROW_HEIGHTS: Record<Density, number> = { comfortable: 44, compact: 32 };

const USUAL_TEXT_PX = 16;

/** Of one row, in pixels: it is as much higher as somebody has set the text to be larger. */
export function rowHeightOf(density: Density): number {
  const text = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return (ROW_HEIGHTS[density] * (text || USUAL_TEXT_PX)) / USUAL_TEXT_PX;
}

const densityOf = (): Density =>
  localStorage.getItem(STORAGE_KEY) === 'compact' ? 'compact' : 'comfortable';

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How somebody wants the rows in this browser, and what changes that. */
export function useDensity(): [Density, (density: Density) => void] {
  const density = useSyncExternalStore(subscribe, densityOf);
  return [
    density,
    (next) => {
      if (next === 'comfortable') localStorage.removeItem(STORAGE_KEY);
      else localStorage.setItem(STORAGE_KEY, next);
      for (const listener of listeners) listener();
    },
  ];
}
