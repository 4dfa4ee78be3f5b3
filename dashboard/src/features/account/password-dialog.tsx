import { zodResolver } from '@hookform/resolvers/zod';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { changePassword } from '@/api/account';
import { keys } from '@/api/keys';
import { buttonClass } from '@/components/button';
import { CancelButton, FormActions, FormDialog } from '@/components/dialog';
import { DialogForm } from '@/components/dialog-form';
import { InputField } from '@/components/field';
import { useServerErrors } from '@/components/form-errors';
import {
  NO_PROOF,
  PROOF_FIELDS,
  ProofFields,
  proofOf,
  useHasPassword,
  useProofSchema,
} from '@/components/proof';
import { newPasswordField } from '@/components/schemas';
import { toastSuccess } from '@/components/toasts';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { secondFactorMessages } from '@/messages/second-factor';
import { accountPageMessages } from './messages';

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const proof = useProofSchema();
  const form = useForm({
    resolver: zodResolver(z.object({ password: newPasswordField, ...proof })),
    defaultValues: { password: '', ...NO_PROOF },
  });
  const { banner, guard } = useServerErrors(form, ['password', ...PROOF_FIELDS]);
  const hasPassword = useHasPassword();
  const { errors, isDirty, isSubmitting } = form.formState;
  const save = form.handleSubmit(({ password, ...values }) =>
    guard(async () => {
      await changePassword({ password, ...proofOf(values) });
      void client.invalidateQueries({ queryKey: keys.account });
      toastSuccess(accountPageMessages.changed);
      onClose();
    }),
  );
  if (!hasPassword) {
    return (
      <FormDialog title={accountPageMessages.setPassword} onClose={onClose}>
        <p className="text-pretty text-sm">{accountPageMessages.noPassword}</p>
        <FormActions>
          <CancelButton />
          <Link to="/forgot-password" className={buttonClass('primary')}>
            {accountPageMessages.setPassword}
          </Link>
        </FormActions>
      </FormDialog>
    );
  }
  return (
    <FormDialog title={accountPageMessages.changePassword} dirty={isDirty} onClose={onClose}>
      <DialogForm
        error={banner}
        action={accountPageMessages.changePassword}
        busy={isSubmitting}
        onSubmit={save}
      >
        <ProofFields form={form} />
        <InputField
          label={accountMessages.newPassword}
          type="password"
          autoComplete="new-password"
          hint={accountMessages.passwordHint}
          error={errors.password?.message}
          {...form.register('password')}
        />
        <p className="text-ink-soft text-sm">{secondFactorMessages.othersEnd}</p>
      </DialogForm>
    </FormDialog>
  );
}
