import { queryOptions } from '@tanstack/react-query';
import { INVITATION_PAGE, linkTokens } from '@/lib/link-token';
import { client } from './client';
import { keys } from './keys';
import type { Proof } from './models';
import { bodyOf, newClient } from './transport';

/** For who is not logged in. */
const anonymous = newClient();

export const providersQuery = queryOptions({
  queryKey: keys.providers,
  queryFn: ({ signal }) => bodyOf(anonymous.GET('/auth/providers', { signal })),
  staleTime: 300_000,
});

export const identitiesQuery = queryOptions({
  queryKey: keys.identities,
  queryFn: ({ signal }) => bodyOf(client.GET('/me/identities', { signal })),
});

/** Where the browser goes to log in with a provider, and to `returnTo` afterwards. */
export const startUrl = (provider: string, returnTo: string): string =>
  `/api/v1/auth/providers/${encodeURIComponent(provider)}/start?return_to=${encodeURIComponent(returnTo)}`;

/** Leaves the dashboard for the provider. */
const go = ({ location }: { location: string }): void => window.location.assign(location);

/** Logs in with a provider and accepts an invitation by that, which goes along in a cookie. */
export async function logInInvited(provider: string, invitation: string): Promise<void> {
  const path = { provider };
  const answer = await bodyOf(
    anonymous.POST('/auth/providers/{provider}/start', { params: { path }, body: { invitation } }),
  );
  // Whoever comes back may have to give a password or a code, and sends it with that.
  linkTokens.keepWhileAway(INVITATION_PAGE);
  go(answer);
}

export const linkIdentity = async (provider: string, proof: Proof): Promise<void> =>
  go(await bodyOf(client.POST('/me/identities', { body: { provider, ...proof } })));

export const confirmIdentity = async (provider: string): Promise<void> =>
  go(await bodyOf(client.POST('/me/identities/confirm', { body: { provider } })));

export const unlinkIdentity = (id: number, proof: Proof) =>
  client.POST('/me/identities/{id}/unlink', { params: { path: { id } }, body: proof });
