import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { changeEmail, reloadAccount } from '@/api/account';
import { keys } from '@/api/keys';
import { FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import { NO_PROOF, PROOF_FIELDS, ProofFields, proofOf, useProofSchema } from '@/components/proof';
import { emailField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { common } from '@/messages/common';
import { accountPageMessages } from './messages';

export function EmailDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const proof = useProofSchema();
  const form = useForm({
    resolver: zodResolver(z.object({ email: emailField, ...proof })),
    defaultValues: { email: '', ...NO_PROOF },
  });
  const { banner, guard } = useServerErrors(form, ['email', ...PROOF_FIELDS]);
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ email, ...values }) =>
    guard(async () => {
      await changeEmail({ email, ...proofOf(values) });
      void client.invalidateQueries({ queryKey: keys.account });
      // Where no mail server is set it has changed at once.
      const { user } = await reloadAccount();
      if (user.email === email.trim().toLowerCase()) toastSuccess(accountPageMessages.emailChanged);
      onClose();
    }),
  );
  return (
    <FormDialog title={accountPageMessages.changeEmail} dirty={isDirty} onClose={onClose}>
      <DialogForm error={banner} action={common.save} busy={isSubmitting} onSubmit={save}>
        <InputField
          label={accountPageMessages.newAddress}
          type="email"
          autoComplete="email"
          hint="You log in with it once you open the link that we send there. Without a mail server it changes at once."
          error={errors.email?.message}
          {...form.register('email')}
        />
        <ProofFields form={form} />
      </DialogForm>
    </FormDialog>
  );
}
