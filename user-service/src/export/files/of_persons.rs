//! What archives of accounts hold.

use super::File;

/// What is stored about a person.
pub(in crate::export) const OF_PERSONS: [File; 21] = [
    File {
        name: "profile.ndjson",
        about: "the account",
        sql: "SELECT to_jsonb(t) - '{password_hash}'::text[] FROM users t WHERE id = $1",
    },
    File {
        name: "linked_logins.ndjson",
        about: "logins at providers that sign in to the account",
        sql: "SELECT to_jsonb(t) FROM identities t WHERE user_id = $1 ORDER BY id",
    },
    File {
        name: "sessions.ndjson",
        about: "where the account is signed in",
        sql: "SELECT jsonb_build_object('created_at', created_at, 'last_used_at', rotated_at, 'expires_at', expires_at,
                     'address', address, 'user_agent', user_agent)
              FROM sessions WHERE user_id = $1 ORDER BY created_at",
    },
    File {
        name: "memberships.ndjson",
        about: "organisations of the account",
        sql: "SELECT jsonb_build_object('org_id', o.id, 'organisation', o.name, 'role', m.role, 'joined_at', m.created_at)
              FROM memberships m JOIN organisations o ON o.id = m.org_id WHERE m.user_id = $1 ORDER BY o.id",
    },
    File {
        name: "api_keys.ndjson",
        about: "API keys that the account has created, without the keys themselves",
        sql: "SELECT to_jsonb(t) - '{hash}'::text[] FROM api_keys t WHERE created_by = $1 ORDER BY id",
    },
    File {
        name: "invitations.ndjson",
        about: "invitations by the account, and to its address if that is verified",
        sql: "SELECT to_jsonb(t) - '{token_hash}'::text[] FROM member_invitations t
              WHERE invited_by = $1 OR email = (SELECT lower(email) FROM users WHERE id = $1 AND email_verified_at IS NOT NULL) ORDER BY created_at",
    },
    File {
        name: "channels.ndjson",
        about: "channels of the account's own, without addresses, URLs and tokens",
        sql: "SELECT to_jsonb(t) - '{config}'::text[] FROM channels t WHERE owner_id = $1 ORDER BY id",
    },
    File {
        name: "unconfirmed_numbers.ndjson",
        about: "channels of the account's own whose number is not confirmed, without the codes",
        sql: "SELECT to_jsonb(t) - '{code_hash}'::text[] FROM channel_confirmations t
              JOIN channels c ON c.id = t.channel_id WHERE c.owner_id = $1 ORDER BY t.channel_id",
    },
    File {
        name: "quiet_hours.ndjson",
        about: "when channels of the account's own are not used for what begins, by organisation",
        sql: "SELECT to_jsonb(t) FROM member_quiet_hours t WHERE user_id = $1 ORDER BY org_id",
    },
    File {
        name: "calendar_feeds.ndjson",
        about: "calendar feeds of the account, without their addresses",
        sql: "SELECT to_jsonb(t) - '{token_hash}'::text[] FROM calendar_feeds t WHERE user_id = $1 ORDER BY id",
    },
    File {
        name: "account_events.ndjson",
        about: "what happened to the account, for 400 days",
        sql: "SELECT to_jsonb(t) FROM account_events t WHERE user_id = $1 ORDER BY id",
    },
    File {
        name: "audit_log.ndjson",
        about: "what the account has changed in organisations, for 400 days",
        sql: "SELECT to_jsonb(t) - '{before,after}'::text[] FROM audit_log t
              WHERE actor_kind = 'user' AND actor_id = $1 ORDER BY id",
    },
    File {
        name: "monitor_versions.ndjson",
        about: "when the account has changed definitions of monitors, in the last 400 days",
        sql: "SELECT jsonb_build_object('org_id', org_id, 'monitor_id', monitor_id, 'version', version, 'from', from_at)
              FROM monitor_versions WHERE user_id = $1 ORDER BY monitor_id, version",
    },
    File {
        name: "definition_versions.ndjson",
        about: "when the account has changed maintenance windows, alert routes, escalation policies and on-call schedules, in \
                the last 400 days",
        sql: "SELECT jsonb_build_object('org_id', org_id, 'kind', kind, 'id', object_id, 'version', version, 'from', from_at)
              FROM definition_versions WHERE user_id = $1 ORDER BY kind, object_id, version",
    },
    File {
        name: "notes.ndjson",
        about: "notes on outages",
        sql: "SELECT to_jsonb(t) FROM incident_notes t WHERE user_id = $1 ORDER BY id",
    },
    File {
        name: "report_updates.ndjson",
        about: "updates of reports on status pages",
        sql: "SELECT to_jsonb(t) FROM report_updates t WHERE user_id = $1 ORDER BY id",
    },
    File {
        name: "acknowledgements.ndjson",
        about: "outages that the account has acknowledged",
        sql: "SELECT to_jsonb(t) FROM incident_acknowledgements t WHERE user_id = $1 ORDER BY acknowledged_at",
    },
    File {
        name: "mails.ndjson",
        about: "mails on their way to the account, if its address is verified, without what they say",
        sql: "SELECT jsonb_build_object('kind', kind, 'created_at', created_at, 'expires_at', expires_at, 'error', error)
              FROM mails WHERE recipient = (SELECT lower(email) FROM users WHERE id = $1 AND email_verified_at IS NOT NULL) ORDER BY created_at",
    },
    File {
        name: "subscriptions.ndjson",
        about: "status pages of which the account's address gets mails, if it is verified",
        sql: "SELECT jsonb_build_object('status_page', p.title, 'state', s.state, 'components', s.components,
                     'created_at', s.created_at, 'confirmed_at', s.confirmed_at, 'unsubscribed_at', s.unsubscribed_at)
              FROM status_page_subscribers s JOIN status_pages p ON p.id = s.page_id
              WHERE s.address = (SELECT lower(email) FROM users WHERE id = $1 AND email_verified_at IS NOT NULL) ORDER BY s.created_at",
    },
    File {
        name: "exports.ndjson",
        about: "exports that the account has asked for",
        sql: "SELECT jsonb_build_object('id', id, 'org_id', org_id, 'requested_at', requested_at, 'finished_at', finished_at)
              FROM exports WHERE user_id = $1 ORDER BY requested_at",
    },
    File {
        name: "deletion.ndjson",
        about: "whether the account is to be deleted",
        sql: "SELECT to_jsonb(t) FROM account_deletions t WHERE user_id = $1",
    },
];
