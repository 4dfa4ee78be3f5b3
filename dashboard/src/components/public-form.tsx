import { zodResolver } from '@hookform/resolvers/zod';
import { type DefaultValues, type FieldValues, type Path, useForm } from 'react-hook-form';
import type { z } from '@/lib/zod';
import { Button } from './button';
import { InputField } from './field';
import { useServerErrors } from './form-errors';
import { ErrorNotice } from './notice';

interface PublicField<T> {
  name: Path<T>;
  label: string;
  type?: 'email' | 'password';
  autoComplete: string;
  inputMode?: 'numeric';
  /** Whether it has the focus from the start. */
  autoFocus?: boolean;
  hint?: string;
}

interface Props<T extends FieldValues> {
  schema: z.ZodType<T, T>;
  fields: readonly PublicField<T>[];
  /** What fields have from the start. */
  initial?: Partial<T>;
  action: string;
  onSubmit: (values: T) => Promise<void>;
}

/** The form of a page for somebody who is not logged in. All fields are text. */
export function PublicForm<T extends FieldValues>({ schema, fields, initial, action, onSubmit }: Props<T>) {
  const names = fields.map(({ name }) => name);
  const form = useForm<T, unknown, T>({
    resolver: zodResolver(schema),
    defaultValues: {
      ...Object.fromEntries(names.map((name) => [name, ''])),
      ...initial,
    } as DefaultValues<T>,
  });
  const { banner, guard } = useServerErrors(form, names);
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={form.handleSubmit((values) => guard(() => onSubmit(values)))}
    >
      {banner && <ErrorNotice error={banner} />}
      {fields.map(({ name, ...field }) => (
        <InputField
          key={name}
          {...field}
          error={form.getFieldState(name, form.formState).error?.message}
          {...form.register(name)}
        />
      ))}
      <Button type="submit" variant="primary" className="min-h-10" busy={form.formState.isSubmitting}>
        {action}
      </Button>
    </form>
  );
}
