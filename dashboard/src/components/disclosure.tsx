import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';

interface Props {
  title: string;
  /** The content in a few words, for when it is closed. */
  summary?: string | undefined;
  /** Forces it open: an error in a closed section would be invisible. */
  hasError: boolean;
  children: ReactNode;
}

export function Disclosure({ title, summary, hasError, children }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <details
      className="card group"
      open={opened || hasError}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
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
      <div className="grid gap-5 border-line border-t p-5 sm:grid-cols-2">{children}</div>
    </details>
  );
}
