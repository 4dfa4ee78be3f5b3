import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

const PAUSE_MS = 250;

/** Searches when the typing pauses. */
export function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // The search can be changed from outside too: "Show all", or the browser's back button.
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div className="relative max-w-sm">
      <Search
        className="pointer-events-none absolute inset-y-0 left-3 my-auto size-4 text-ink-soft"
        aria-hidden
      />
      <input
        type="search"
        aria-label="Search monitors"
        placeholder="Search by name or address"
        value={text}
        onChange={(event) => {
          const next = event.target.value;
          setText(next);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onChange(next.trim()), PAUSE_MS);
        }}
        className="min-h-10 w-full rounded-lg border border-line-strong/60 bg-surface pr-3 pl-9 text-base placeholder:text-ink-soft hover:border-ink-soft sm:text-sm"
      />
    </div>
  );
}
