import { zodResolver } from '@hookform/resolvers/zod';
import { useForm } from 'react-hook-form';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { FormDialog } from './dialog';
import { DialogForm } from './dialog-form';
import { InputField } from './field';
import { useServerErrors } from './form-errors';
import { nameField } from './schemas';
import { useEdited } from './use-edited';

const schema = z.object({ name: nameField });

const formOf = ({ name }: { name: string }) => ({ name });

interface Props<T extends { name: string }> {
  title: string;
  /** What the button says; "Save" by default. */
  action?: string;
  hint?: string;
  /** What has the name; of something new it is blank. */
  named: T;
  autoComplete?: string;
  /** Gives it to what had another when it was read. Closes the dialog unless it throws. */
  onSubmit: (name: string, named: T) => Promise<void>;
  /** Reads again what may have been renamed by somebody else. */
  onReload?: () => Promise<T>;
  onClose: () => void;
}

/** Asks for the name of somebody or something. */
export function NameDialog<T extends { name: string }>({ action = common.save, ...rest }: Props<T>) {
  const { title, hint, autoComplete, onReload } = rest;
  const { edited: named, initial, load } = useEdited(rest.named, formOf);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: initial });
  const { banner, guard } = useServerErrors(form, ['name']);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ name }) =>
    guard(async () => {
      if (name !== named.name) await rest.onSubmit(name, named);
      rest.onClose();
    }),
  );
  const loadLatest = onReload && (() => guard(async () => load(form, await onReload())));
  return (
    // While it is saved, whoever saves it may go on to another page.
    <FormDialog title={title} dirty={isDirty && !isSubmitting} onClose={rest.onClose}>
      <DialogForm
        error={banner}
        onLoadLatest={loadLatest}
        action={action}
        busy={isSubmitting}
        onSubmit={save}
      >
        <InputField
          label={common.name}
          autoComplete={autoComplete ?? 'off'}
          {...(hint && { hint })}
          error={errors.name?.message}
          {...form.register('name')}
        />
      </DialogForm>
    </FormDialog>
  );
}
