import { useQuery } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { confirmIdentity, identitiesQuery } from '@/api/providers';
import { accountMessages } from '@/messages/account';
import { providerMessages as messages } from '@/messages/providers';
import { Button } from './button';
import { InputField } from './field';
import { passwordField, unusedPasswordField } from './schemas';
import { toastError } from './toasts';

/** Accounts have one until the server says otherwise. */
export const useHasPassword = (): boolean => useQuery(identitiesQuery).data?.has_password ?? true;

/** What a form validates that has a `CurrentPassword`. */
export const useCurrentPasswordField = () => (useHasPassword() ? passwordField : unusedPasswordField);

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

/** Asks for the password before a change; an account without one logs in again with a linked login. */
export function CurrentPassword(props: Omit<ComponentProps<typeof InputField>, 'label'>) {
  if (!useHasPassword()) return <Confirmers />;
  return (
    <InputField
      label={accountMessages.currentPassword}
      type="password"
      autoComplete="current-password"
      {...props}
    />
  );
}
