/** Mock accounts: who is logged in, organisations with members, invitations and API keys, and what was changed. */
import type { ServerResponse } from 'node:http';
import { can, type Permission } from '../src/api/access';
import type {
  Account,
  ApiKey,
  AuditEvent,
  Credentials,
  InvitedTo,
  Member,
  MemberInvitation,
  Organisation,
  Role,
  Session,
  SessionInfo,
} from '../src/api/models';
import { type Change, eventOf, exampleLog, nextId, user } from './mock-audit';
import { fail, found, list, on, Problem, pageOf } from './mock-routes';

const HAS_MAIL = !process.argv.includes('--no-mail');
const DAY = 86_400_000;
const at = (days: number) => new Date(Date.now() + days * DAY).toISOString();

interface Team {
  members: Member[];
  invitations: MemberInvitation[];
  keys: ApiKey[];
  log: AuditEvent[];
}

const orgs: Organisation[] = [
  { id: 1, name: 'Acme', role: 'owner', only_tags: null, require_second_factor: false, version: 1 },
  {
    id: 2,
    name: 'Northwind',
    role: 'viewer',
    only_tags: ['payments'],
    require_second_factor: false,
    version: 1,
  },
  { id: 3, name: 'Lab', role: 'editor', only_tags: null, require_second_factor: false, version: 1 },
];
const teams = new Map<number, Team>();
let active = 1;

const org = (): Organisation => found(orgs.find(({ id }) => id === active) ?? orgs[0]);
/** That of the active organisation. */
export const team = (): Team => found(teams.get(org().id));
const account = (): Account => ({ user, org: org() });
export const session = (): Session => ({
  ...account(),
  access_token: `token-${Date.now()}`,
  expires_in: 3_600,
});

/** Whether the active organisation has no monitors. */
export const isEmpty = (): boolean => active > 2;

const person = (id: number, name: string, role: Role, days: number): Member => ({
  user_id: id,
  name,
  email: `${name.split(' ')[0]?.toLowerCase()}@example.org`,
  role,
  only_tags: null,
  joined_at: at(-days),
});

const invitationOf = (email: string, role: Role, onlyTags: string[] | null = null): MemberInvitation => ({
  id: crypto.randomUUID(),
  email,
  role,
  only_tags: onlyTags,
  invited_by: user.name,
  created_at: at(0),
  expires_at: at(7),
  sent_at: HAS_MAIL ? at(0) : null,
  ...(!HAS_MAIL && { link: `http://localhost:5173/invitation#${crypto.randomUUID()}` }),
});

const withoutLink = ({ link: _, ...invitation }: MemberInvitation): MemberInvitation => invitation;

const key = (name: string, role: Role, more: Partial<ApiKey> = {}): ApiKey => ({
  id: nextId(),
  name,
  prefix: `upk_${name.slice(0, 2).toLowerCase()}4f`,
  role,
  only_tags: null,
  networks: [],
  created_by: user.name,
  created_at: at(-40),
  expires_at: at(50),
  last_used_at: at(-0.01),
  ...more,
});

function note(
  action: string,
  resource: string,
  id: unknown,
  before: object | null,
  after: object | null,
): void {
  const change = { action, resource, resource_id: String(id), before, after } as Change;
  team().log.unshift(eventOf(change));
}

for (const { id, role } of orgs) {
  const self = { ...person(user.id, user.name, role, 400), email: user.email };
  const others = [
    person(2, 'Grace Hopper', id === 1 ? 'admin' : 'owner', 320),
    person(3, 'Bo Chen', 'responder', 90),
    person(4, 'Margaret Hamilton', 'editor', 31),
  ];
  teams.set(id, {
    members: id === 3 ? [self, person(2, 'Grace Hopper', 'owner', 5)] : [self, ...others],
    invitations: [
      { ...withoutLink(invitationOf('mary@example.org', 'editor')), created_at: at(-2), expires_at: at(5) },
      {
        ...withoutLink(invitationOf('katherine.johnson@research.example.org', 'viewer')),
        error: '550 5.1.1 no such mailbox',
        expires_at: at(6),
      },
    ],
    keys: [
      key('Deployment', 'editor', { networks: ['192.0.2.0/24', '2001:db8::/32'] }),
      key('Grafana', 'viewer', { expires_at: null, created_by: 'Grace Hopper' }),
      key('Old script', 'admin', { expires_at: at(-3), last_used_at: null }),
    ],
    log: exampleLog(),
  });
}

const sessions: SessionInfo[] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', '198.51.100.7', 0],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1',
    '2001:db8::17',
    1,
  ],
  ['Mozilla/5.0 (Windows NT 10.0) Chrome/142.0.0.0 Safari/537.36', '203.0.113.80', 12],
].map(([agent, address, days]) => ({
  id: crypto.randomUUID(),
  current: days === 0,
  created_at: at(-20),
  last_used_at: at(-Number(days)),
  expires_at: at(30),
  address: String(address),
  user_agent: String(agent),
}));

/** What the first matching change needs; everybody may change the own account. */
const NEEDED: readonly [RegExp, Permission][] = [
  [/^\/(api-keys|ping-key)/, 'manageApiKeys'],
  [/^\/orgs\/\d+\/audit-log/, 'readAuditLog'],
  [/^\/orgs\/\d+\/invitations/, 'manageMembers'],
  [/^(?!GET)\w+ .*\/orgs\/\d+\/members/, 'manageMembers'],
  [/^PATCH \/orgs\/\d+$/, 'manageOrganisation'],
  [/^(?!GET)\w+ \/channels/, 'manageChannels'],
  [/^(?!GET)\w+ .*\/on-call-schedules\/\d+\/overrides/, 'takeOver'],
  [/^(?!GET)\w+ .*\/(on-call-schedules|teams|alert-routes|escalation-policies)/, 'manageAlertPolicy'],
  [/^GET \/incidents\/[^/]+\/status-report-drafts/, 'manageReports'],
  [/^(?!GET)\w+ .*\/status-(pages\/\d+\/reports|reports)/, 'manageReports'],
  [/^\/status-pages\/\d+\/visit/, 'viewStatusPages'],
  [/^(?!GET)\w+ .*\/status-pages/, 'manageStatusPages'],
  [/^(?!GET)\w+ .*\/incidents/, 'respond'],
  [/^POST \/drills\/\d+\/acknowledge/, 'respond'],
  [/^(?!GET)\w+ .*\/(monitors|maintenance-windows|silences|drills|drill-schedules)/, 'manageMonitors'],
];

export const mayEdit = (): boolean => can(org().role, 'manageMonitors');

/** 403 for what the role in the active organisation may not. */
export function authorise(method: string, path: string): void {
  const call = `${method} ${path}`;
  const needed = NEEDED.find(([pattern]) => pattern.test(call) || pattern.test(path));
  if (needed && !can(org().role, needed[1])) fail(403, 'the role is too small for this');
}

/** Whoever has this cookie is logged in. */
export function giveCookie(res: ServerResponse): void {
  res.setHeader('Set-Cookie', 'uptime_refresh=1; HttpOnly; SameSite=Strict; Path=/api/v1/auth');
}

function logIn({ email, password }: Partial<Credentials>, res: ServerResponse, asksForCode = false): Session {
  if (password === 'wrong') fail(401, 'the e-mail address or the password is wrong');
  if (email) user.email = email;
  if (asksForCode) throw new Problem(403, 'a code is needed', { challenge: crypto.randomUUID() });
  giveCookie(res);
  return session();
}

export const invalid = (field: string, message: string): never =>
  fail(422, '1 field is not valid', [{ field, message }]);

function checkPassword(password = ''): void {
  if (password.includes('password')) {
    invalid('password', 'is easily guessed. Add another word or two. Uncommon words are better.');
  }
}

function checkToken(token: string | undefined, what: string): void {
  if (!token || token === 'gone') fail(404, `there is no such ${what}`);
}

function forgetCookie(res: ServerResponse): void {
  res.setHeader('Set-Cookie', 'uptime_refresh=; Path=/api/v1/auth; Max-Age=0');
}

on('post', '/auth/login', ({ body, res }) => logIn(body, res, user.second_factor));
on('post', '/auth/register', ({ body, res }) => {
  checkPassword(body.password);
  if (body.name) user.name = body.name;
  return logIn(body, res);
});
on('post', '/auth/refresh', ({ req }) =>
  req.headers.cookie?.includes('uptime_refresh=1')
    ? session()
    : fail(401, 'the session has ended; log in again'),
);
on('post', '/auth/switch', ({ body }) => {
  active = found(orgs.find(({ id }) => id === body.org_id)).id;
  return session();
});
on('post', '/auth/logout', ({ res }) => forgetCookie(res) as undefined);
on('post', '/auth/verify-email', ({ body }) => {
  checkToken(body.token, 'link');
  user.email = user.pending_email?.email ?? user.email;
  user.pending_email = null;
  user.email_verified = true;
  return undefined;
});
on('post', '/auth/request-password-reset', () => undefined);
on('post', '/auth/reset-password', ({ body, res }) => {
  checkToken(body.token, 'link');
  checkPassword(body.password);
  return forgetCookie(res) as undefined;
});
on('get', '/me', account);
on('patch', '/me', ({ body }) => {
  if (body.name) user.name = body.name;
  return account();
});
on('post', '/me/password', ({ body }) => {
  if (body.current_password === 'wrong') invalid('current_password', 'is wrong');
  checkPassword(body.password);
  sessions.splice(0, sessions.length, ...sessions.filter(({ current }) => current));
  return undefined;
});
on('post', '/me/email', ({ body }) => {
  if (body.current_password === 'wrong') invalid('current_password', 'is wrong');
  user.pending_email = {
    email: body.email ?? '',
    expires_at: new Date(Date.now() + 15 * 60_000).toISOString(),
  };
  return undefined;
});
on('delete', '/me/email', () => {
  user.pending_email = null;
  return undefined;
});
on('post', '/me/verification', () => undefined);
on('get', '/me/sessions', () => ({ items: sessions }));
on('delete', '/me/sessions', ({ res }) => forgetCookie(res) as undefined);
on('delete', '/me/sessions/{id}', ({ id }) => {
  sessions.splice(sessions.indexOf(found(sessions.find((each) => each.id === id))), 1);
  return undefined;
});
on('get', '/orgs', () => list(orgs));
on('post', '/orgs', ({ body }) => {
  const made = {
    id: nextId(),
    name: body.name ?? '',
    role: 'owner' as const,
    only_tags: null,
    require_second_factor: false,
    version: 1,
  };
  orgs.push(made);
  teams.set(made.id, {
    members: [{ ...person(user.id, user.name, 'owner', 0), email: user.email }],
    invitations: [],
    keys: [],
    log: [],
  });
  return made;
});
on('get', '/orgs/{id}', org);
on('patch', '/orgs/{id}', ({ body }) => {
  const before = { ...org() };
  const after = Object.assign(org(), {
    name: body.name ?? before.name,
    require_second_factor: body.require_second_factor ?? before.require_second_factor,
    version: before.version + 1,
  });
  note('EditOrganisation', 'organisation', after.id, before, { ...after });
  return after;
});
on('post', '/orgs/{id}/leave', () => {
  orgs.splice(orgs.indexOf(org()), 1);
  active = orgs[0]?.id ?? 1;
  return undefined;
});
on('get', '/orgs/{id}/members', ({ query }) => pageOf(team().members, query));
on('patch', '/orgs/{id}/members/{user_id}', ({ params, body }) => {
  const member = found(team().members.find((each) => each.user_id === Number(params.user_id)));
  const before = { ...member };
  Object.assign(member, body);
  if (member.user_id === user.id) org().role = member.role;
  note('EditMember', 'member', member.user_id, before, { ...member });
  return member;
});
on('delete', '/orgs/{id}/members/{user_id}', ({ params }) => {
  const { members } = team();
  const member = found(members.find((each) => each.user_id === Number(params.user_id)));
  members.splice(members.indexOf(member), 1);
  note('RemoveMember', 'member', member.user_id, member, null);
  return undefined;
});
on('get', '/orgs/{id}/invitations', ({ query }) => pageOf(team().invitations, query));
on('post', '/orgs/{id}/invitations', ({ body }) => {
  if (team().members.some(({ email }) => email === body.email)) {
    fail(409, 'this person is a member already', [{ field: 'email', message: 'is a member already' }]);
  }
  const made = invitationOf(body.email, body.role, body.only_tags);
  team().invitations.unshift(withoutLink(made));
  note('InviteMember', 'invitation', made.id, null, { email: made.email, role: made.role });
  return made;
});
const invitation = (id = '') => found(team().invitations.find((each) => each.id === id));
on('post', '/orgs/{id}/invitations/{invitation}/resend', ({ params }) => {
  const old = invitation(params.invitation);
  const { error: _, ...sent } = { ...old, ...invitationOf(old.email, old.role, old.only_tags), id: old.id };
  team().invitations.splice(team().invitations.indexOf(old), 1, withoutLink(sent));
  return sent;
});
on('delete', '/orgs/{id}/invitations/{invitation}', ({ params }) => {
  const { invitations } = team();
  invitations.splice(invitations.indexOf(invitation(params.invitation)), 1);
  return undefined;
});
on('post', '/invitations/look-up', ({ body }): InvitedTo => {
  checkToken(body.token, 'invitation');
  const email = body.token === 'me' ? user.email : 'grace@example.org';
  return {
    organisation: 'Northwind',
    invited_by: 'Grace Hopper',
    email,
    role: 'viewer',
    only_tags: ['payments'],
    expires_at: at(5),
  };
});
on('post', '/invitations/accept', ({ body }) => {
  checkToken(body.token, 'invitation');
  return found(orgs.find(({ id }) => id === 2));
});
on('get', '/api-keys', ({ query }) => pageOf(team().keys, query));
on('post', '/api-keys', ({ body }) => {
  const wrong = body.networks?.find((network) => !/^[\da-f.:]+(\/\d+)?$/i.test(network));
  if (wrong) invalid('networks', `"${wrong}" is no network, such as 192.0.2.0/24 or 2001:db8::/32`);
  const { name, role, only_tags = null, networks = [], expires_at: expires = null } = body;
  const made = key(name, role, {
    only_tags,
    networks,
    expires_at: expires,
    last_used_at: null,
    created_at: at(0),
  });
  team().keys.unshift(made);
  note('CreateApiKey', 'api_key', made.id, null, made);
  return { key: `${made.prefix}WnYq81kZ3tVbE6sLr0cXhJ2mAu5dGp9f`, api_key: made };
});
on('delete', '/api-keys/{id}', ({ id }) => {
  const { keys } = team();
  const revoked = found(keys.find((each) => each.id === Number(id)));
  keys.splice(keys.indexOf(revoked), 1);
  note('RevokeApiKey', 'api_key', id, revoked, null);
  return undefined;
});
on('get', '/orgs/{id}/audit-log', ({ query }) => {
  const { action, resource, user_id: by, from, to } = query;
  const matches = (event: AuditEvent) =>
    (!action || event.action === action) &&
    (!resource || event.resource === resource) &&
    (!by || (event.actor.kind === 'user' && event.actor.id === Number(by))) &&
    (!from || event.at >= from) &&
    (!to || event.at < to);
  return pageOf(team().log.filter(matches), query);
});
