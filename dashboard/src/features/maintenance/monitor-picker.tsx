import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useId, useState } from 'react';
import { monitorNamesQuery } from '@/api/monitors';
import { SearchBox } from '@/components/search-box';
import { useMonitorName } from './use-monitor-name';

const MOST_SHOWN = 100;

interface Props {
  chosen: number[];
  onChange: (chosen: number[]) => void;
  error?: string | undefined;
}

/** Some of the monitors, found by a part of their name or address. */
export function MonitorPicker({ chosen, onChange, error }: Props) {
  const [q, setQ] = useState('');
  const id = useId();
  const query = useQuery({ ...monitorNamesQuery(q), placeholderData: keepPreviousData });
  const nameOf = useMonitorName();
  const found = query.data?.items ?? [];
  const more = found.length > MOST_SHOWN || query.data?.next_cursor != null;
  const without = (monitor: number) => onChange(chosen.filter((each) => each !== monitor));

  return (
    <fieldset className="grid gap-2" aria-describedby={error && `${id}-error`}>
      <legend className="sr-only">Monitors</legend>
      {chosen.length > 0 && (
        <ul aria-label="Chosen monitors" className="flex max-h-28 flex-wrap gap-1.5 overflow-y-auto p-0.5">
          {chosen.map((monitor) => (
            <li key={monitor} className="max-w-full">
              <button
                type="button"
                onClick={() => without(monitor)}
                className="inline-flex min-h-7 max-w-full items-center gap-1 rounded-full bg-sunken pr-2 pl-3 text-xs hover:bg-line"
              >
                <span className="truncate">{nameOf(monitor)}</span>
                <X className="size-3.5 shrink-0" aria-label="(remove)" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <SearchBox value={q} onChange={setQ} />
      <div className="max-h-44 overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
        {found.slice(0, MOST_SHOWN).map(({ id: monitor, name }) => (
          <label
            key={monitor}
            className="flex min-h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken"
          >
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-ink"
              checked={chosen.includes(monitor)}
              onChange={(event) => (event.target.checked ? onChange([...chosen, monitor]) : without(monitor))}
            />
            <span className="truncate">{name}</span>
          </label>
        ))}
        {more && <p className="px-2 py-1.5 text-ink-soft text-xs">There are more: search to find them.</p>}
        {query.data && found.length === 0 && (
          <p className="px-2 py-1.5 text-ink-soft text-sm">No monitor matches.</p>
        )}
        {query.isPending && (
          <p role="status" className="px-2 py-1.5 text-ink-soft text-sm">
            Loading …
          </p>
        )}
        {query.error && (
          <p role="alert" className="px-2 py-1.5 text-down text-sm">
            The monitors could not be loaded: {query.error.message}
          </p>
        )}
      </div>
      {error && (
        <p id={`${id}-error`} className="text-down text-sm first-letter:uppercase">
          {error}
        </p>
      )}
    </fieldset>
  );
}
