import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '@/lib/cx';
import { whyMessages as messages } from './messages';

interface Props {
  icon: LucideIcon;
  title: string;
  /** Whether the answer was decided here. */
  isDecisive?: boolean;
  children: ReactNode;
}

/** One step of the chain, with a line down to the next one. */
export function Step({ icon: Icon, title, isDecisive = false, children }: Props) {
  return (
    <li className="group relative pb-7 pl-11 last:pb-0 max-sm:pl-10">
      <span
        aria-hidden
        className="absolute top-8 bottom-0 left-3.75 w-px bg-line-strong/50 group-last:hidden"
      />
      <span
        aria-hidden
        className={cx(
          'absolute top-0 left-0 flex size-7.5 items-center justify-center rounded-full border',
          isDecisive ? 'border-ink bg-ink text-paper' : 'border-line bg-surface text-ink-soft',
        )}
      >
        <Icon className="size-4" />
      </span>
      <h2 className="flex min-h-7.5 flex-wrap items-center gap-x-2.5 gap-y-1 font-semibold">
        {title}
        {isDecisive && (
          <span className="rounded-full bg-ink px-2 py-0.5 font-medium text-paper text-xs">
            {messages.decided}
          </span>
        )}
      </h2>
      <div className="mt-2 grid grid-cols-1 gap-3 text-sm">{children}</div>
    </li>
  );
}

export const Soft = ({ children }: { children: ReactNode }) => (
  <p className="text-pretty text-ink-soft text-sm">{children}</p>
);
