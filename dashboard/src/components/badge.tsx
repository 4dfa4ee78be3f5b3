import type { ReactNode } from 'react';

/** A word beside a name, such as "You". */
export function Badge({ children }: { children: ReactNode }) {
  return (
    <span className="inline-flex shrink-0 items-center rounded-full border border-line px-2 py-0.5 font-medium text-ink-soft text-xs leading-none">
      {children}
    </span>
  );
}
