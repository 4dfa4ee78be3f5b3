import type { ComponentProps } from 'react';
import { cx } from '@/lib/cx';

interface Props<T extends string> extends ComponentProps<'input'> {
  label: string;
  options: readonly { value: T; label: string }[];
  /** The chosen one, where no form holds it. */
  selected?: T;
}

const COLUMNS: Record<number, string> = {
  2: 'grid-cols-2',
  4: 'grid-cols-2 sm:grid-cols-4',
  5: 'grid-cols-3 sm:grid-cols-5',
};

/** Radio buttons in a row. On a narrow screen the last one fills the rest of its row. */
export function SegmentedControl<T extends string>({ label, options, selected, ...rest }: Props<T>) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      <div
        className={`grid gap-px overflow-hidden rounded-lg border border-line bg-line ${COLUMNS[options.length] ?? 'grid-cols-3'}`}
      >
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              'flex min-h-10 cursor-pointer items-center justify-center bg-surface px-2 text-center font-medium text-sm',
              'transition-colors hover:bg-sunken has-checked:bg-ink has-checked:text-paper',
              'has-focus-visible:outline-2 has-focus-visible:outline-[var(--focus)] has-focus-visible:-outline-offset-4',
              options.length === 5 && 'last:max-sm:col-span-2',
            )}
          >
            <input
              type="radio"
              value={option.value}
              checked={selected && selected === option.value}
              className="sr-only"
              {...rest}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
