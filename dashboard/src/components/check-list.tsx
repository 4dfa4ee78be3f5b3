import { X } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { choosingMessages as messages } from '@/messages/choosing';
import { Messages } from './field';
import { SearchBox } from './search-box';

/** Longer lists can be searched. */
const SEARCHED_FROM = 8;

export interface CheckOption<T> {
  value: T;
  label: string;
  /** What there is to know about it. */
  note?: string | undefined;
  icon?: ReactNode;
}

interface Props<T> {
  label: string;
  options: readonly CheckOption<T>[];
  selected: readonly T[];
  onChange: (selected: T[]) => void;
  /** What one is called that is not among the options any more. */
  nameOfGone: (value: T) => string;
  /** Instead of a list without options. */
  empty: ReactNode;
  hint?: string | undefined;
  error?: string | undefined;
}

/** Some of many, with search; what is chosen is shown above. */
export function CheckList<T extends string | number>({
  label,
  options,
  selected,
  onChange,
  nameOfGone,
  empty,
  hint,
  error,
}: Props<T>) {
  const id = useId();
  const [q, setQ] = useState('');
  const isLong = options.length > SEARCHED_FROM;
  const matches = options.filter((option) => option.label.toLowerCase().includes(q.toLowerCase()));
  const nameOf = (value: T) => options.find((option) => option.value === value)?.label ?? nameOfGone(value);
  const gone = selected.filter((value) => !options.some((option) => option.value === value));
  const deselect = (value: T) => onChange(selected.filter((each) => each !== value));
  // Of a short list one sees what is chosen, except what is not there any more.
  const shown = isLong ? selected : gone;
  return (
    <fieldset
      className="min-w-0"
      aria-describedby={error && `${id}-error`}
      data-invalid={error ? true : undefined}
    >
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      {shown.length > 0 && (
        <ul aria-label={messages.selected(label)} className="mb-2 flex flex-wrap gap-1.5">
          {shown.map((value) => (
            <li key={value} className="max-w-full">
              <button
                type="button"
                onClick={() => deselect(value)}
                className="inline-flex min-h-7 max-w-full items-center gap-1 rounded-full bg-sunken pr-2 pl-3 text-xs hover:bg-line"
              >
                <span className="truncate">{nameOf(value)}</span>
                <X className="size-3.5 shrink-0" aria-label={messages.remove} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {isLong && (
        // biome-ignore lint/a11y/noStaticElementInteractions: only keeps Enter from sending the form
        <div className="mb-2 flex" onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}>
          <SearchBox
            label={messages.searchIn(label)}
            placeholder={messages.search}
            value={q}
            delay={0}
            onChange={setQ}
          />
        </div>
      )}
      {options.length === 0 ? (
        <p className="text-ink-soft text-sm">{empty}</p>
      ) : (
        <div className="max-h-44 overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
          {matches.map(({ value, label: name, note, icon }) => (
            <label
              key={value}
              className="flex min-h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken"
            >
              <input
                type="checkbox"
                className="size-4 shrink-0 accent-ink"
                checked={selected.includes(value)}
                onChange={({ target }) => (target.checked ? onChange([...selected, value]) : deselect(value))}
              />
              {icon}
              <span className="min-w-0 truncate">{name}</span>{' '}
              {note && <span className="ml-auto shrink-0 text-ink-soft text-xs">{note}</span>}
            </label>
          ))}
          {matches.length === 0 && (
            <p className="px-2 py-1.5 text-ink-soft text-sm">{messages.nothingFound}</p>
          )}
        </div>
      )}
      <Messages id={id} label={label} hint={hint} error={error} />
    </fieldset>
  );
}
