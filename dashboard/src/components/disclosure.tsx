import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';

interface Props {
  title: string;
  /** What is in it, in a few words, while it is closed. */
  aside?: string | undefined;
  /** An error in a closed section would leave somebody with a button that does nothing. */
  hasError: boolean;
  children: ReactNode;
}

export function Disclosure({ title, aside, hasError, children }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <details
      className="card group"
      open={opened || hasError}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary className="flex list-none items-center gap-2 rounded-xl px-5 py-4 text-sm">
        <ChevronRight className="size-4 shrink-0 transition-transform group-open:rotate-90" aria-hidden />
        <span className="shrink-0 font-medium">{title}</span>
        {aside && <span className="ml-auto min-w-0 truncate pl-3 text-ink-soft text-xs">{aside}</span>}
      </summary>
      <div className="grid gap-5 border-line border-t p-5 sm:grid-cols-2">{children}</div>
    </details>
  );
}
