import { queryOptions } from '@tanstack/react-query';
import { client } from './client';
import { keys } from './keys';
import type { Account, Proof } from './models';
import { bodyOf } from './transport';

/** Whether the active organisation demands a second factor that the account lacks: it opens the own account alone. */
export const lacksSecondFactor = ({ user, org }: Account): boolean =>
  org.require_second_factor && !user.second_factor;

export const secondFactorQuery = queryOptions({
  queryKey: keys.secondFactor,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/second-factor', { signal })),
});

/** Makes a secret for an authenticator app. Nothing changes until a code confirms it. */
export const enrolSecondFactor = (password: string) =>
  bodyOf(client.POST('/me/second-factor', { body: { current_password: password } }));

/** Turns it on; answers the recovery codes. */
export const confirmSecondFactor = async (code: string): Promise<string[]> =>
  (await bodyOf(client.POST('/me/second-factor/confirm', { body: { code } }))).codes;

/** What changes the second factor always takes a code. */
const withCode = ({ current_password, code }: Proof) => ({ current_password, code: code ?? '' });

export const regenerateRecoveryCodes = async (proof: Proof): Promise<string[]> =>
  (await bodyOf(client.POST('/me/second-factor/recovery-codes', { body: withCode(proof) }))).codes;

export const disableSecondFactor = (proof: Proof) =>
  client.POST('/me/second-factor/disable', { body: withCode(proof) });
