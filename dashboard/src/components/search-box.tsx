import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

const DEBOUNCE_MS = 250;

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** Whether "/" focuses it from anywhere on the page. */
  shortcut?: boolean;
  /** What is searched; monitors by default. */
  label?: string;
  placeholder?: string;
  /** Milliseconds until the search; 0 for a list that is there already. */
  delay?: number;
}

/** Whether a key is a part of what somebody writes, or of a dialog or menu. */
export const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.closest('input, textarea, select, [role=dialog], [role=menu]') !== null;

/** Debounced search. */
export function SearchBox({
  value,
  onChange,
  shortcut = false,
  label = 'Search monitors',
  placeholder = 'Name or URL',
  delay = DEBOUNCE_MS,
}: Props) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // The value can change from outside too: "Clear filters", or the browser's back button.
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  useEffect(() => {
    if (!shortcut) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [shortcut]);

  return (
    <div className="relative min-w-0 flex-1 max-sm:basis-full">
      <Search
        className="pointer-events-none absolute inset-y-0 left-3 my-auto size-4 text-ink-soft"
        aria-hidden
      />
      <input
        ref={input}
        type="search"
        {...(shortcut && { 'aria-keyshortcuts': '/' })}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          clearTimeout(timer.current);
          if (delay === 0) onChange(next.trim());
          else timer.current = setTimeout(() => onChange(next.trim()), delay);
        }}
        className="min-h-10 w-full rounded-lg border border-line-strong/60 bg-surface pr-3 pl-9 text-base placeholder:text-ink-soft hover:border-ink-soft sm:text-sm"
      />
    </div>
  );
}
