import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton } from './button';

interface Words {
  /** What the bar is. */
  actions: string;
  selected: (count: number) => string;
  clear: string;
  selectAll: (count: number) => string;
}

interface Props<T> {
  messages: Words;
  /** How many are selected. */
  count: number;
  /** Those that can be. */
  selectable: readonly T[];
  onSelect: (items: T[]) => void;
  /** What can be done with them. */
  children: ReactNode;
}

/** How many items of a list are selected, and what can be done with them. */
export function SelectionBar<T>({ messages, count, selectable, onSelect, children }: Props<T>) {
  return (
    <section
      aria-label={messages.actions}
      className="card sticky top-2 z-20 mb-3 flex flex-wrap items-center gap-2 bg-raised p-3 shadow-lg"
    >
      <p role="status" className="mr-auto flex min-h-9 items-center gap-1 font-medium text-sm">
        {messages.selected(count)}
        {count > 0 && (
          <IconButton label={messages.clear} onClick={() => onSelect([])}>
            <X className="size-4" aria-hidden />
          </IconButton>
        )}
        {count < selectable.length && (
          <Button variant="ghost" onClick={() => onSelect([...selectable])}>
            {messages.selectAll(selectable.length)}
          </Button>
        )}
      </p>
      {children}
    </section>
  );
}
