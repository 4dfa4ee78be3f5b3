import { CircleAlert } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from '@/lib/cx';

const CONTROL =
  'min-h-10 w-full rounded-lg border bg-surface px-3 text-base sm:text-sm placeholder:text-ink-soft/70 ' +
  'transition-colors hover:border-ink-soft';
const border = (error?: string) => (error ? 'border-down' : 'border-line-strong/60');

interface Shared {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string;
}

interface FrameProps extends Shared {
  id: string;
  children: ReactNode;
}

function Frame({ id, label, hint, error, className, children }: FrameProps) {
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      {children}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 flex gap-1.5 text-down text-sm">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 first-letter:uppercase">{error}</span>
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-pretty text-ink-soft text-xs">
          {hint}
        </p>
      )}
    </div>
  );
}

const descriptions = (id: string, { hint, error }: Shared) => ({
  'aria-invalid': error ? true : undefined,
  'aria-describedby': cx(error && `${id}-error`, Boolean(hint) && `${id}-hint`) || undefined,
});

type InputProps = Shared & ComponentProps<'input'> & { unit?: string };

export function InputField({ label, hint, error, className, unit, ...rest }: InputProps) {
  const id = useId();
  const shared = { label, hint, error, className };
  return (
    <Frame id={id} {...shared}>
      <div className="relative">
        <input
          id={id}
          className={cx(CONTROL, border(error), unit && 'pr-11')}
          {...descriptions(id, shared)}
          {...rest}
        />
        {unit && (
          <span className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-ink-soft text-sm">
            {unit}
          </span>
        )}
      </div>
    </Frame>
  );
}

export function SelectField({ label, hint, error, className, ...rest }: Shared & ComponentProps<'select'>) {
  const id = useId();
  const shared = { label, hint, error, className };
  return (
    <Frame id={id} {...shared}>
      <select id={id} className={cx(CONTROL, border(error))} {...descriptions(id, shared)} {...rest} />
    </Frame>
  );
}
