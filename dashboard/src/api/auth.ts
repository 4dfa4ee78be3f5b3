import { requestWithoutToken } from './client';
import { sessionStore } from './session';
import type { Session } from './types';

export interface Credentials {
  email: string;
  password: string;
}

export async function logIn(credentials: Credentials): Promise<void> {
  sessionStore.signIn(await requestWithoutToken<Session>('POST', '/auth/login', credentials));
}

export async function register(account: Credentials & { name: string }): Promise<void> {
  sessionStore.signIn(await requestWithoutToken<Session>('POST', '/auth/register', account));
}
