import type { ComponentProps, FormEvent, ReactNode } from 'react';
import type { ApiError } from '@/api/problem';
import { Button } from './button';
import { CancelButton, FormActions } from './dialog';
import { FormNotice } from './form-notice';

interface Props {
  /** What could not be done. */
  error: ApiError | null;
  onLoadLatest?: ComponentProps<typeof FormNotice>['onLoadLatest'];
  /** What the button says that submits it. */
  action: string;
  variant?: 'primary' | 'danger';
  busy: boolean;
  /** Around that button; beside one that cancels by default. */
  actions?: (submit: ReactNode) => ReactNode;
  onSubmit: (event: FormEvent) => unknown;
  children: ReactNode;
}

const beside = (submit: ReactNode) => (
  <FormActions>
    <CancelButton />
    {submit}
  </FormActions>
);

/** The form of a dialog: what it could not do, its fields, and its buttons. */
export function DialogForm({
  error,
  onLoadLatest,
  action,
  variant = 'primary',
  busy,
  actions = beside,
  onSubmit,
  children,
}: Props) {
  return (
    <form noValidate className="grid grid-cols-1 gap-5" onSubmit={onSubmit}>
      <FormNotice error={error} onLoadLatest={onLoadLatest} />
      {children}
      {actions(
        <Button type="submit" variant={variant} busy={busy}>
          {action}
        </Button>,
      )}
    </form>
  );
}
