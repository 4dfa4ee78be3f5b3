import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useId, useState } from 'react';
import { monitorNamesQuery } from '@/api/monitors';
import { cx } from '@/lib/cx';
import { common } from '@/messages/common';
import { pickerMessages as messages } from '@/messages/monitor-picker';
import { PAGE_TITLES } from '@/messages/terms';
import { SearchBox } from './search-box';
import { useMonitorName } from './use-monitor-name';

const MAX_SHOWN = 100;

interface Props {
  /** What they are chosen for; what is around it says it, too. */
  label?: string;
  selected: number[];
  onChange: (selected: number[]) => void;
  /** Those that are not offered. */
  without?: readonly number[];
  /** How many there can be. */
  max?: number;
  /** Whether choosing one takes the place of another. */
  single?: boolean;
  hint?: string;
  error?: string | undefined;
}

/** Chooses monitors, or a single one, with search. */
export function MonitorPicker({
  label = PAGE_TITLES.monitors,
  selected,
  onChange,
  without = [],
  max = Number.POSITIVE_INFINITY,
  single = false,
  hint,
  error,
}: Props) {
  const [q, setQ] = useState('');
  const id = useId();
  const query = useQuery({ ...monitorNamesQuery(q), placeholderData: keepPreviousData });
  const monitorName = useMonitorName(selected);
  const matches = (query.data?.items ?? []).filter((monitor) => !without.includes(monitor.id));
  const shown = matches.slice(0, MAX_SHOWN);
  // A single one is seen among those that are offered, unless a search leaves it out.
  const isOffered = (chosen: number) => !query.data || shown.some((monitor) => monitor.id === chosen);
  const apart = single ? selected.filter((chosen) => !isOffered(chosen)) : selected;
  const isFull = selected.length >= max;
  const hasMore = matches.length > MAX_SHOWN || query.data?.next_cursor != null;
  const deselect = (monitor: number) => onChange(selected.filter((each) => each !== monitor));

  return (
    <fieldset
      className="grid gap-2"
      aria-describedby={cx(error && `${id}-error`, hint && `${id}-hint`) || undefined}
      data-invalid={error ? true : undefined}
    >
      <legend className="sr-only">{label}</legend>
      {hint && (
        <p id={`${id}-hint`} className="text-pretty text-ink-soft text-xs">
          {hint}
        </p>
      )}
      {apart.length > 0 && (
        <ul aria-label={messages.selected} className="flex max-h-28 flex-wrap gap-1.5 overflow-y-auto p-0.5">
          {apart.map((monitor) => (
            <li key={monitor} className="max-w-full">
              <button
                type="button"
                onClick={() => deselect(monitor)}
                className="inline-flex min-h-7 max-w-full items-center gap-1 rounded-full bg-sunken pr-2 pl-3 text-xs hover:bg-line"
              >
                <span className="truncate">{monitorName(monitor)}</span>
                <X className="size-3.5 shrink-0" aria-label="Remove" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only keeps Enter from sending the form */}
      <div className="flex" onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}>
        <SearchBox value={q} onChange={setQ} />
      </div>
      <div className="max-h-44 overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
        {shown.map(({ id: monitor, name }) => (
          <label
            key={monitor}
            className="flex min-h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken has-disabled:text-ink-soft"
          >
            <input
              type={single ? 'radio' : 'checkbox'}
              name={single ? id : undefined}
              className="size-4 shrink-0 accent-ink"
              checked={selected.includes(monitor)}
              disabled={isFull && !selected.includes(monitor)}
              onChange={(event) =>
                event.target.checked
                  ? onChange(single ? [monitor] : [...selected, monitor])
                  : deselect(monitor)
              }
            />
            <span className="truncate">{name}</span>
          </label>
        ))}
        {hasMore && <p className="px-2 py-1.5 text-ink-soft text-xs">{messages.searchForMore}</p>}
        {query.data && matches.length === 0 && (
          <p className="px-2 py-1.5 text-ink-soft text-sm">{common.noMatches}</p>
        )}
        {query.isPending && (
          <p role="status" className="px-2 py-1.5 text-ink-soft text-sm">
            {messages.loading}
          </p>
        )}
        {query.error && (
          <p role="alert" className="px-2 py-1.5 text-down text-sm">
            {messages.failed(query.error.message)}
          </p>
        )}
      </div>
      {isFull && (
        <p role="status" className="text-ink-soft text-xs">
          {messages.full(max)}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-down text-sm first-letter:uppercase">
          {error}
        </p>
      )}
    </fieldset>
  );
}
