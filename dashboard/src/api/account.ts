import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Account, EmailChange, PasswordChange, PasswordReset } from './models';
import { sessionStore } from './session';
import { bodyOf, newClient } from './transport';

/** For what a mailed link is good for, whoever is logged in: a 401 is not about the session. */
const anonymous = newClient();

/** The account's `ETag`, the only place where its version is, and the name that it had then. */
let version: { user: number; name: string; etag: string } | null = null;

async function updated(sent: Promise<{ data?: Account; response: Response }>): Promise<Account> {
  const { response } = await sent;
  const account = await bodyOf(sent);
  const etag = response.headers.get('etag');
  version = etag === null ? null : { user: account.user.id, name: account.user.name, etag };
  sessionStore.update(account);
  return account;
}

/** Reads the own account again, for what another page or another device has changed of it. */
export const reloadAccount = (): Promise<Account> => updated(client.GET('/me'));

/** Refused when it is not called as it was any more, where that can be told. */
export async function renameAccount({ id, name: old }: Account['user'], name: string): Promise<void> {
  const isSeen = version?.user === id && version.name === old;
  const header = isSeen && version ? { 'If-Match': version.etag } : {};
  await updated(client.PATCH('/me', { params: { header }, body: { name } }));
}

export const changePassword = (change: PasswordChange) => client.POST('/me/password', { body: change });

/** Nothing changes until the link is opened that is mailed to the new address. */
export const changeEmail = (change: EmailChange) => client.POST('/me/email', { body: change });

/** Ends a change of the address that is under way. */
export async function cancelEmailChange(): Promise<void> {
  await client.DELETE('/me/email');
  await reloadAccount();
}

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
