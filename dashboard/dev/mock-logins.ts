/** Mock of the ways to log in beside the password: the second factor, and logins with a provider, which always succeed. */
import type { Identity } from '../src/api/models';
import { giveCookie, invalid, session } from './mock-accounts';
import { nextId, user } from './mock-audit';
import { fail, found, on, redirect, routes } from './mock-routes';

const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

const recoveryCodes = () => ({ codes: Array.from({ length: 10 }, () => crypto.randomUUID().slice(4, 23)) });
on('get', '/me/second-factor', () => ({
  is_on: user.second_factor,
  since: user.second_factor ? at(-3) : null,
  recovery_codes: user.second_factor ? 10 : 0,
}));
on('post', '/me/second-factor', () => ({
  secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  uri: 'otpauth://totp/Uptime%20Monitor:ada',
  qr_svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6h-6z"/></svg>',
}));
on('post', '/me/second-factor/confirm', ({ body }) => {
  if (body.code !== '123456') invalid('code', 'is wrong: the mock takes 123456');
  user.second_factor = true;
  return recoveryCodes();
});
on('post', '/me/second-factor/recovery-codes', recoveryCodes);
on('post', '/me/second-factor/disable', () => {
  user.second_factor = false;
  return undefined;
});
on('post', '/auth/login/second-factor', ({ body, res }) => {
  if (body.code === '000000') invalid('code', 'is wrong');
  giveCookie(res);
  return session();
});

const providers = [
  { id: 'acme', name: 'Acme SSO' },
  { id: 'github', name: 'GitHub' },
];
const provider = (id = '') => found(providers.find((each) => each.id === id));

const identityOf = (id = ''): Identity => ({
  id: nextId(),
  provider: id,
  provider_name: provider(id).name,
  email: user.email,
  created_at: at(-30),
  last_used_at: at(-1),
});
const identities: Identity[] = [identityOf('acme')];

on('get', '/auth/providers', () => ({ items: providers }));
// Its answer is no JSON, so that the API's document has no type for it.
routes.push({
  method: 'GET',
  pattern: /^\/auth\/providers\/(?<provider>[-\w]+)\/start$/,
  run({ params, query, res }) {
    provider(params.provider);
    giveCookie(res);
    redirect(res, query.return_to ?? '/');
  },
});
on('post', '/auth/providers/{provider}/start', ({ params, body, res }) => {
  provider(params.provider);
  if (body.invitation === 'gone') invalid('invitation', 'is not valid (any more)');
  giveCookie(res);
  return { location: '/' };
});
on('get', '/me/identities', () => ({ items: identities, has_password: true }));
on('post', '/me/identities', ({ body }) => {
  if (body.current_password === 'wrong') invalid('current_password', 'is wrong');
  identities.push({ ...identityOf(body.provider), created_at: at(0), last_used_at: null });
  return { location: `/account?linked=${body.provider}` };
});
on('post', '/me/identities/confirm', ({ body }) => ({ location: `/account?confirmed=${body.provider}` }));
on('post', '/me/identities/{id}/unlink', ({ id, body }) => {
  if (body.current_password === 'wrong') invalid('current_password', 'is wrong');
  const index = identities.findIndex((each) => each.id === Number(id));
  if (index < 0) fail(404, 'there is no such login');
  identities.splice(index, 1);
  return undefined;
});
