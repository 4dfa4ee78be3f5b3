import { ChevronDown, CircleAlert } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from '@/lib/cx';

const CONTROL =
  'min-h-10 w-full text-ellipsis rounded-lg border bg-surface px-3 text-base sm:text-sm placeholder:text-ink-soft/70 ' +
  // Keeps the label and the sticky footer clear when an error scrolls the field into view.
  'scroll-mt-12 scroll-mb-24 transition-colors hover:border-ink-soft disabled:bg-sunken disabled:text-ink-soft';
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

/** What is wrong with a field, and what there is to know about it. */
export function Messages({
  id,
  label,
  hint,
  error,
  className,
}: Omit<Shared, 'label'> & { id: string; label?: string }) {
  return (
    <>
      {error && (
        <p id={`${id}-error`} className={cx('mt-1.5 flex gap-1.5 text-down text-sm', className)}>
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 first-letter:uppercase">
            {/* The server's errors are sentences about the field: "is wrong". */}
            {label && error.startsWith('is ') && <span>{label} </span>}
            <span>{error}</span>
          </span>
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className={cx('mt-1.5 text-pretty text-ink-soft text-xs', className)}>
          {hint}
        </p>
      )}
    </>
  );
}

function Frame({ id, label, hint, error, className, children }: FrameProps) {
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      {children}
      <Messages id={id} label={label} hint={hint} error={error} />
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

type InlineProps = ComponentProps<'input'> & {
  label: string;
  error?: string | undefined;
  /** The ID of what shows the error. */
  describedBy: string;
};

/** A short field in the middle of a sentence. */
export function InlineInput({ label, error, describedBy, ...rest }: InlineProps) {
  return (
    <span className="inline-block w-16">
      <input
        aria-label={label}
        aria-invalid={error ? true : undefined}
        aria-describedby={error && describedBy}
        className={cx(CONTROL, border(error), 'text-center')}
        {...rest}
      />
    </span>
  );
}

type AreaProps = Shared & ComponentProps<'textarea'> & { prose?: boolean };

/** For technical text line by line, or for `prose`. */
export function AreaField({ label, hint, error, className, rows = 3, prose = false, ...rest }: AreaProps) {
  const id = useId();
  const shared = { label, hint, error, className };
  return (
    <Frame id={id} {...shared}>
      <textarea
        id={id}
        rows={rows}
        autoCapitalize={prose ? 'sentences' : 'none'}
        autoComplete="off"
        spellCheck={prose}
        className={cx(CONTROL, border(error), 'block resize-y py-2', !prose && 'font-mono sm:text-xs')}
        {...descriptions(id, shared)}
        {...rest}
      />
    </Frame>
  );
}

export function CheckField({ label, hint, error, className, ...rest }: Shared & ComponentProps<'input'>) {
  const id = useId();
  const shared = { label, hint, error, className };
  return (
    <div className={className}>
      <label htmlFor={id} className="flex w-fit items-start gap-2.5 font-medium text-sm">
        <input
          id={id}
          type="checkbox"
          className="mt-0.5 size-4 shrink-0 accent-ink"
          {...descriptions(id, shared)}
          {...rest}
        />
        {label}
      </label>
      <Messages id={id} {...shared} className="pl-6.5" />
    </div>
  );
}

/** Has its own arrow: browsers put theirs at the very edge. */
export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return (
    <div className="relative">
      <select className={cx(CONTROL, 'appearance-none truncate pr-9', className ?? border())} {...rest} />
      <ChevronDown
        className="pointer-events-none absolute inset-y-0 right-3 my-auto size-4 text-ink-soft"
        aria-hidden
      />
    </div>
  );
}

export function SelectField({ label, hint, error, className, ...rest }: Shared & ComponentProps<'select'>) {
  const id = useId();
  const shared = { label, hint, error, className };
  return (
    <Frame id={id} {...shared}>
      <Select id={id} className={border(error)} {...descriptions(id, shared)} {...rest} />
    </Frame>
  );
}
