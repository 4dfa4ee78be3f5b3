import { useId } from 'react';
import { Messages } from './field';

interface Props<T extends string> {
  label: string;
  options: readonly { value: T; label: string }[];
  selected: readonly T[];
  onChange: (selected: T[]) => void;
  hint?: string | undefined;
  error?: string | undefined;
}

/** Some of a few, as buttons in a row. What is chosen stays in the order of the options. */
export function ToggleGroup<T extends string>({ label, options, selected, onChange, hint, error }: Props<T>) {
  const id = useId();
  const toggle = (value: T) => {
    const isOn = (each: T) => (each === value ? !selected.includes(each) : selected.includes(each));
    onChange(options.map((option) => option.value).filter(isOn));
  };
  return (
    <fieldset aria-describedby={error && `${id}-error`} data-invalid={error ? true : undefined}>
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {options.map((option) => (
          <button
            key={option.value}
            type="button"
            aria-pressed={selected.includes(option.value)}
            onClick={() => toggle(option.value)}
            className="min-h-8 rounded-full border border-line px-3 text-sm hover:border-line-strong aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper"
          >
            {option.label}
          </button>
        ))}
      </div>
      <Messages id={id} label={label} hint={hint} error={error} />
    </fieldset>
  );
}
