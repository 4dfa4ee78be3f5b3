/** Mock of plans, of the deletion of accounts and organisations, of exports, and of what happened to the account. */
import type { Export, PendingDeletion, Usage, UsageItem } from '../src/api/models';
import { team } from './mock-accounts';
import { nextId } from './mock-audit';
import * as data from './mock-data';
import { found, list, on } from './mock-routes';

const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

function usage(): Usage {
  const { members, invitations, keys } = team();
  const item = (key: UsageItem['key'], used: number, limit: number | null): UsageItem => ({
    key,
    used,
    limit,
  });
  return {
    plan: 'team',
    items: [
      item('monitors', data.monitors.size, 50),
      item('members', members.length + invitations.length, 6),
      item('invitations', invitations.length, 100),
      item('api_keys', keys.length, 20),
      item('channels', data.channels.size, null),
      item('silences', 4, 200),
    ],
    min_interval_seconds: 30,
    raw_retention_days: 30,
  };
}

on('get', '/orgs/{id}/usage', usage);

let ofAccount: PendingDeletion | null = null;
let ofOrganisation: PendingDeletion | null = null;
const begun = (): PendingDeletion => ({ requested_at: at(0), due_at: at(14), erasing: false });
const accountDeletion = () => ({ deletion: ofAccount, deleted_with_it: [], blocked_by: [] });
const organisationDeletion = () => ({ deletion: ofOrganisation, with_account: false });

on('get', '/me/deletion', accountDeletion);
on('post', '/me/deletion', () => {
  ofAccount = begun();
  return accountDeletion();
});
on('delete', '/me/deletion', () => {
  ofAccount = null;
  return undefined;
});
on('get', '/orgs/{id}/deletion', organisationDeletion);
on('post', '/orgs/{id}/deletion', () => {
  ofOrganisation = begun();
  return organisationDeletion();
});
on('delete', '/orgs/{id}/deletion', () => {
  ofOrganisation = null;
  return undefined;
});

const exports: Export[] = [];

function exported(organisation: Export['organisation']): Export {
  const made: Export = {
    id: crypto.randomUUID(),
    organisation,
    status: 'ready',
    requested_at: at(0),
    expires_at: at(7),
    bytes: 22,
    parts: 1,
  };
  exports.unshift(made);
  return made;
}

/** An archive without files. */
const EMPTY_ZIP = 'UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==';

on('get', '/me/exports', () => ({ items: exports }));
on('post', '/me/exports', () => exported(null));
on('post', '/orgs/{id}/exports', ({ id }) => exported({ id: Number(id), name: 'Acme' }));
on('post', '/me/exports/{id}/open', () => undefined);
on('get', '/me/exports/{id}/parts/{number}', ({ id }) => {
  found(exports.find((each) => each.id === id));
  return { data: EMPTY_ZIP, number: 0, parts: 1 };
});

const event = (action: string, days: number) => ({
  id: nextId(),
  action,
  at: at(-days),
  address: '198.51.100.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  details: null,
  request_id: crypto.randomUUID(),
});

on('get', '/me/audit-log', () => list([event('Login', 0), event('ChangePassword', 40)]));
