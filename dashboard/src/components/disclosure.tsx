import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';

interface Props {
  title: string;
  /** The content in a few words, for when it is closed. */
  summary?: string | undefined;
  /** Forces it open: an error in a closed section would be invisible. */
  hasError: boolean;
  /** Whether the content is there only while it is open: it loads something. */
  lazy?: boolean;
  children: ReactNode;
}

export function Disclosure({ title, summary, hasError, lazy = false, children }: Props) {
  const [opened, setOpened] = useState(false);
  const isOpen = opened || hasError;
  return (
    <details className="card group" open={isOpen} onToggle={(event) => setOpened(event.currentTarget.open)}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it is a control */}
      <summary
        // Closed by hand, nothing would open it again for the next error.
        onClick={(event) => hasError && event.preventDefault()}
        className="flex list-none items-center gap-2 rounded-xl px-5 py-4 text-sm"
      >
        <ChevronRight className="size-4 shrink-0 transition-transform group-open:rotate-90" aria-hidden />
        <span className="shrink-0 font-medium">{title}</span>
        {summary && <span className="ml-auto min-w-0 truncate pl-3 text-ink-soft text-xs">{summary}</span>}
      </summary>
      {(isOpen || !lazy) && (
        <div className="grid gap-5 border-line border-t p-5 sm:grid-cols-2">{children}</div>
      )}
    </details>
  );
}
