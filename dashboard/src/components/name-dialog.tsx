import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { Button } from './button';
import { CancelButton, FormActions, FormDialog } from './dialog';
import { InputField } from './field';
import { useServerErrors } from './form-errors';
import { ErrorNotice } from './notice';
import { nameField } from './schemas';

const schema = z.object({ name: nameField });

interface Props {
  title: string;
  /** What the button says; "Save" by default. */
  action?: string;
  hint?: string;
  initial: string;
  autoComplete?: string;
  /** Closes the dialog unless it throws. */
  onSubmit: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name of somebody or something. */
export function NameDialog({ title, action = common.save, hint, initial, autoComplete, ...rest }: Props) {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: initial } });
  const { banner, guard } = useServerErrors(form, ['name']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ name }) =>
    guard(async () => {
      if (name !== initial) await rest.onSubmit(name);
      rest.onClose();
    }),
  );
  return (
    // While it is saved, whoever saves it may go on to another page.
    <FormDialog title={title} dirty={isDirty && !isSubmitting} onClose={rest.onClose}>
      <form noValidate className="grid gap-5" onSubmit={save}>
        {banner && <ErrorNotice error={banner} />}
        <InputField
          label={common.name}
          autoComplete={autoComplete ?? 'off'}
          {...(hint && { hint })}
          error={errors.name?.message}
          {...form.register('name')}
        />
        <FormActions>
          <CancelButton />
          <Button type="submit" variant="primary" busy={isSubmitting}>
            {action}
          </Button>
        </FormActions>
      </form>
    </FormDialog>
  );
}
