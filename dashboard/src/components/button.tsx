import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cx } from '@/lib/cx';

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';

const VARIANTS: Record<Variant, string> = {
  primary: 'bg-ink text-paper hover:bg-ink/85',
  secondary: 'border border-line bg-surface hover:border-line-strong',
  ghost: 'text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'bg-down text-paper hover:bg-down/85',
};

/** For buttons and links styled as buttons. */
export const buttonClass = (variant: Variant = 'secondary', className?: string): string =>
  cx(
    'inline-flex min-h-9 shrink-0 items-center justify-center gap-2 rounded-lg px-3.5 font-medium text-sm',
    'whitespace-nowrap transition-colors disabled:opacity-55 aria-disabled:opacity-55',
    VARIANTS[variant],
    className,
  );

interface Props extends ComponentProps<'button'> {
  variant?: Variant;
  busy?: boolean;
}

export function Button({ variant, busy = false, className, children, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      className={buttonClass(variant, className)}
      // Not `disabled`, which would drop keyboard focus.
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      {...rest}
    >
      {busy && <LoaderCircle className="size-4 animate-spin" aria-hidden />}
      {children}
    </button>
  );
}

/** For icons that are buttons, and links styled as those. */
export const iconButtonClass = (className?: string): string =>
  cx(
    'inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-soft transition-colors',
    'hover:bg-sunken hover:text-ink disabled:opacity-55',
    className,
  );

export function IconButton({ label, className, ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button type="button" aria-label={label} title={label} className={iconButtonClass(className)} {...rest} />
  );
}
