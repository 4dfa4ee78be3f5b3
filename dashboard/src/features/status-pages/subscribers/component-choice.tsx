import { useId } from 'react';
import type { StatusPage } from '@/api/models';
import { Messages } from '@/components/field';
import { componentsOf } from '../report-schema';
import { addMessages as messages } from './messages';

interface Props {
  page: StatusPage;
  /** Null for all of them, also of those to come. */
  value: readonly number[] | null;
  error: string | undefined;
  onChange: (value: number[] | null) => void;
}

const ROW = 'flex min-h-9 items-center gap-2.5 text-sm';

/** What somebody is notified of: all components of a page, or chosen ones. */
export function ComponentChoice({ page, value, error, onChange }: Props) {
  const id = useId();
  const components = componentsOf(page);
  const radio = (label: string, isChecked: boolean, choose: () => void) => (
    <label className={ROW}>
      <input
        type="radio"
        name={id}
        checked={isChecked}
        onChange={choose}
        className="size-4 shrink-0 accent-ink"
      />
      {label}
    </label>
  );
  return (
    <fieldset aria-describedby={error && `${id}-error`} data-invalid={error ? true : undefined}>
      <legend className="mb-1.5 font-medium text-sm">{messages.components}</legend>
      {radio(messages.all, value === null, () => onChange(null))}
      {components.length > 0 && radio(messages.chosen, value !== null, () => onChange([]))}
      {value !== null && (
        <div className="mt-1 max-h-52 overflow-y-auto rounded-lg border border-line-strong/60 px-3 py-1">
          {components.map(({ id: component, name, group }) => (
            <label key={component} className={ROW}>
              <input
                type="checkbox"
                aria-invalid={error ? true : undefined}
                className="size-4 shrink-0 accent-ink"
                checked={value.includes(component)}
                onChange={({ target }) =>
                  onChange(
                    target.checked ? [...value, component] : value.filter((each) => each !== component),
                  )
                }
              />
              <span className="min-w-0 break-words">
                {name}
                {group && <span className="text-ink-soft text-xs"> · {group}</span>}
              </span>
            </label>
          ))}
        </div>
      )}
      <Messages id={id} label={messages.components} error={error} />
    </fieldset>
  );
}
