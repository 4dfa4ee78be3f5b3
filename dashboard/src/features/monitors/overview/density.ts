import { useSyncExternalStore } from 'react';

export type Density = 'comfortable' | 'compact';

const STORAGE_KEY = 'monitor-rows';
const listeners = new Set<() => void>();

/** Of one row, in pixels. */
export const ROW_HEIGHTS: Record<Density, number> = { comfortable: 44, compact: 32 };

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
