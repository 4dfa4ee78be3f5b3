import { zodResolver } from '@hookform/resolvers/zod';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { type UseFormReturn, useForm } from 'react-hook-form';
import type { Proof } from '@/api/models';
import { confirmIdentity, identitiesQuery } from '@/api/providers';
import { useSession } from '@/api/use-session';
import { z } from '@/lib/zod';
import { accountMessages } from '@/messages/account';
import { providerMessages as messages } from '@/messages/providers';
import { Button } from './button';
import { CodeField } from './code-field';
import { FormDialog } from './dialog';
import { DialogForm } from './dialog-form';
import { InputField } from './field';
import { useServerErrors } from './form-errors';
import { codeField, passwordField } from './schemas';
import { toastError } from './toasts';

/** Accounts have one until the server says otherwise. */
export const useHasPassword = (): boolean => useQuery(identitiesQuery).data?.has_password ?? true;

/** What a form has that asks who it is; what does not apply is blank. */
export interface ProofValues {
  current_password: string;
  code: string;
}

export const NO_PROOF: ProofValues = { current_password: '', code: '' };

export const PROOF_FIELDS = ['current_password', 'code'] as const;

/** What is validated of it. */
export function useProofSchema() {
  const hasPassword = useHasPassword();
  const hasSecondFactor = useSession()?.user.second_factor === true;
  return useMemo(
    () => ({
      current_password: hasPassword ? passwordField : z.string(),
      code: hasSecondFactor ? codeField : z.string().trim(),
    }),
    [hasPassword, hasSecondFactor],
  );
}

/** What the server is sent of it. */
export const proofOf = ({ current_password, code }: ProofValues): Proof => ({
  current_password,
  ...(code !== '' && { code }),
});

function Confirmers() {
  const { data } = useQuery(identitiesQuery);
  const confirmers = new Map(data?.items.map(({ provider, provider_name: name }) => [provider, name]));
  const confirm = (id: string) =>
    confirmIdentity(id).catch((error: unknown) => toastError(messages.confirmFailed, error));
  return (
    <div className="grid gap-3 text-sm">
      <p className="text-pretty text-ink-soft">{messages.noPassword}</p>
      {[...confirmers].map(
        ([id, name]) =>
          name && (
            <Button key={id} onClick={() => void confirm(id)}>
              {messages.confirmWith(name)}
            </Button>
          ),
      )}
    </div>
  );
}

interface FieldsProps<T extends ProofValues, O> {
  form: UseFormReturn<T, unknown, O>;
  hint?: string | undefined;
}

/**
 * Asks for the password before a change, and for a code where the second factor is on; an account without a
 * password logs in again with a linked login.
 */
export function ProofFields<T extends ProofValues, O>({ form, hint }: FieldsProps<T, O>) {
  const user = useSession()?.user;
  const hasPassword = useHasPassword();
  const {
    register,
    formState: { errors },
  } = form as unknown as UseFormReturn<ProofValues>;
  return (
    <>
      {hasPassword ? (
        <>
          {/* For password managers: whose password it is. */}
          <input type="text" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
          <InputField
            label={accountMessages.currentPassword}
            type="password"
            autoComplete="current-password"
            hint={hint}
            error={errors.current_password?.message}
            {...register('current_password')}
          />
        </>
      ) : (
        <Confirmers />
      )}
      {/* Also where the server asks for one because it was turned on elsewhere. */}
      {(user?.second_factor || errors.code) && (
        <CodeField orRecovery error={errors.code?.message} {...register('code')} />
      )}
    </>
  );
}

interface FormProps {
  action: string;
  children?: ReactNode;
  hint?: string;
  actions?: (submit: ReactNode) => ReactNode;
  /** Its errors are shown at the fields, or above them. */
  onSubmit: (proof: Proof) => Promise<void>;
}

/** A step that asks who it is. */
export function ProofForm({ action, children, hint, actions, onSubmit }: FormProps) {
  const schema = useProofSchema();
  const form = useForm({ resolver: zodResolver(z.object(schema)), defaultValues: NO_PROOF });
  const { banner, guard } = useServerErrors(form, PROOF_FIELDS);
  return (
    <DialogForm
      error={banner}
      action={action}
      busy={form.formState.isSubmitting}
      {...(actions && { actions })}
      onSubmit={form.handleSubmit((values) => guard(() => onSubmit(proofOf(values))))}
    >
      {children}
      <ProofFields form={form} hint={hint} />
    </DialogForm>
  );
}

interface DialogProps extends Omit<FormProps, 'actions'> {
  title: string;
  onClose: () => void;
}

/** Asks who it is before something is done, and closes once it is. */
export function ProofDialog({ title, onSubmit, onClose, ...rest }: DialogProps) {
  return (
    <FormDialog title={title} onClose={onClose}>
      <ProofForm
        {...rest}
        onSubmit={async (proof) => {
          await onSubmit(proof);
          onClose();
        }}
      />
    </FormDialog>
  );
}
