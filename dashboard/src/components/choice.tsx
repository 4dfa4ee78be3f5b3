import { cx } from '@/lib/cx';
import { keysOf } from '@/lib/keys-of';

interface ChoiceProps<T extends string> {
  label: string;
  options: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, as buttons in a row. */
export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
  return (
    <fieldset aria-label={label} className="flex flex-wrap gap-1">
      {keysOf(options).map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => onChange(each)}
          className={cx(
            'min-h-8 rounded-lg px-3 text-sm',
            each === value ? 'bg-sunken font-medium' : 'text-ink-soft hover:text-ink',
          )}
        >
          {options[each]}
        </button>
      ))}
    </fieldset>
  );
}
