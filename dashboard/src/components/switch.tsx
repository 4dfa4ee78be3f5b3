import { Switch as Radix } from 'radix-ui';

interface Props {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** Something that is on or off at once, without saving. */
export function Switch({ label, checked, disabled = false, onChange }: Props) {
  return (
    <Radix.Root
      checked={checked}
      aria-label={label}
      // Not `disabled`, which would drop keyboard focus.
      aria-disabled={disabled || undefined}
      onCheckedChange={(next) => !disabled && onChange(next)}
      className="h-6 w-10 shrink-0 rounded-full bg-line-strong transition-colors data-[state=checked]:bg-up"
    >
      <Radix.Thumb className="block size-4.5 translate-x-0.75 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-4.5" />
    </Radix.Root>
  );
}
