import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { tagNamesQuery } from '@/api/organisations';
import { roleMessages } from '@/messages/roles';
import { Messages } from './field';

interface Props {
  /** Null for all monitors. */
  value: readonly string[] | null;
  onChange: (value: string[] | null) => void;
  error?: string | undefined;
}

function Tags({ value, onChange }: { value: readonly string[]; onChange: (value: string[]) => void }) {
  const query = useQuery(tagNamesQuery);
  // One that somebody has deleted meanwhile can still be taken off.
  const names = [...new Set([...(query.data ?? []), ...value])];
  const change = (name: string, isChosen: boolean) =>
    onChange(isChosen ? [...value, name] : value.filter((each) => each !== name));
  return (
    <div className="mt-2 max-h-44 overflow-y-auto rounded-lg border border-line-strong/60 p-1.5">
      {names.map((name) => (
        <label
          key={name}
          className="flex min-h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-sunken"
        >
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-ink"
            checked={value.includes(name)}
            onChange={({ target }) => change(name, target.checked)}
          />
          <span className="min-w-0 break-words">{name}</span>
        </label>
      ))}
      {query.data && names.length === 0 && (
        <p className="px-2 py-1.5 text-ink-soft text-sm">{roleMessages.noTags}</p>
      )}
      {query.isPending && (
        <p role="status" className="px-2 py-1.5 text-ink-soft text-sm">
          {roleMessages.loadingTags}
        </p>
      )}
      {query.error && (
        <p role="alert" className="px-2 py-1.5 text-down text-sm">
          {roleMessages.tagsFailed(query.error.message)}
        </p>
      )}
    </div>
  );
}

/** Which monitors somebody sees: all, or those with some tags. */
export function OnlyTags({ value, onChange, error }: Props) {
  const id = useId();
  const option = (label: string, isChosen: boolean, next: string[] | null) => (
    <label className="flex min-h-8 items-center gap-2.5 text-sm">
      <input
        type="radio"
        name={id}
        className="size-4 shrink-0 accent-ink"
        checked={isChosen}
        onChange={() => onChange(next)}
      />
      {label}
    </label>
  );
  return (
    <fieldset aria-describedby={error && `${id}-error`} data-invalid={error ? true : undefined}>
      <legend className="mb-1 font-medium text-sm">{roleMessages.monitors}</legend>
      {option(roleMessages.all, value === null, null)}
      {option(roleMessages.some, value !== null, [])}
      {value !== null && <Tags value={value} onChange={onChange} />}
      <Messages id={id} error={error} hint={value !== null && roleMessages.someHint} />
    </fieldset>
  );
}
