import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Account, EmailChange, PasswordChange, PasswordReset } from './models';
import { sessionStore } from './session';
import { bodyOf, newClient } from './transport';

/** For what a mailed link is good for, whoever is logged in: a 401 is not about the session. */
const anonymous = newClient();

/** Reads the own account again, for what another page or another device has changed of it. */
export async function reloadAccount(): Promise<Account> {
  const account = await bodyOf(client.GET('/me'));
  sessionStore.update(account);
  return account;
}

export async function renameAccount(name: string): Promise<void> {
  sessionStore.update(await bodyOf(client.PATCH('/me', { body: { name } })));
}

export const changePassword = (change: PasswordChange) => client.POST('/me/password', { body: change });

/** Nothing changes until the link is opened that is mailed to the new address. */
export const changeEmail = (change: EmailChange) => client.POST('/me/email', { body: change });

export const resendVerification = () => client.POST('/me/verification');

export const verifyEmail = (token: string) => anonymous.POST('/auth/verify-email', { body: { token } });

export const requestPasswordReset = (email: string) =>
  anonymous.POST('/auth/request-password-reset', { body: { email } });

export const resetPassword = (reset: PasswordReset) =>
  anonymous.POST('/auth/reset-password', { body: reset });

export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/sessions', { signal })),
});

export const endOneSession = (id: string) => client.DELETE('/me/sessions/{id}', { params: { path: { id } } });

/** This one too. */
export const endAllSessions = () => client.DELETE('/me/sessions');
