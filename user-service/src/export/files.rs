//! What archives hold: one file for each kind of thing, with the query that reads it. What is a secret is left out.

mod of_persons;

pub(super) use self::of_persons::OF_PERSONS;

/// A file of an archive: a line of JSON for each row.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: &'static str,
    /// What it holds, for the README.
    pub(super) about: &'static str,
    /// Answers one column of JSON; `$1` is the organisation's or the person's id.
    pub(super) sql: &'static str,
}

/// What is read monitor by monitor: `$1` is the monitor's id.
pub(super) const OF_MONITORS: [File; 9] = [
    File {
        name: "uptime_daily.ndjson",
        about: "how long each monitor was up, degraded and down, per day (UTC)",
        sql: "SELECT to_jsonb(t) - '{latency_buckets,latency_counts}'::text[] FROM rollups_daily t
              WHERE monitor_id = $1 ORDER BY day",
    },
    File {
        name: "uptime_hourly.ndjson",
        about: "the same per hour, for as long as hours are kept",
        sql: "SELECT to_jsonb(t) - '{latency_buckets,latency_counts}'::text[] FROM rollups_hourly t
              WHERE monitor_id = $1 ORDER BY hour",
    },
    File {
        name: "uptime_hourly_by_region.ndjson",
        about: "the same as each region found it, of monitors that several regions check",
        sql: "SELECT to_jsonb(t) - '{latency_buckets,latency_counts}'::text[] FROM rollups_hourly_by_region t
              WHERE monitor_id = $1 ORDER BY hour, region",
    },
    File {
        name: "quorums.ndjson",
        about: "which regions decided on each monitor, and how many of them had to, by revision",
        sql: "SELECT to_jsonb(t) FROM monitor_quorums t WHERE monitor_id = $1 ORDER BY revision",
    },
    File {
        name: "skipped.ndjson",
        about: "ranges of checks that could not be made",
        sql: "SELECT to_jsonb(t) FROM skipped_slots t WHERE monitor_id = $1 ORDER BY first_slot",
    },
    File {
        name: "heartbeat_states.ndjson",
        about: "what each heartbeat was taken for, each state from when it began until the next one: its uptime",
        sql: "SELECT to_jsonb(t) FROM heartbeat_spans t WHERE monitor_id = $1 ORDER BY began",
    },
    File {
        name: "pings.ndjson",
        about: "the latest pings of each heartbeat, without their bodies",
        sql: "SELECT to_jsonb(t) - 'sealed_body' FROM pings t WHERE monitor_id = $1 ORDER BY n",
    },
    File {
        name: "errors.ndjson",
        about: "why checks failed, for as long as results are kept",
        sql: "SELECT to_jsonb(t) FROM check_errors t WHERE monitor_id = $1 ORDER BY scheduled_at",
    },
    File {
        name: "results.ndjson",
        about: "each check's result, for as long as results are kept; state 0 is up, 1 degraded, 2 down; by_quorum says that \
                it counts together with those of other regions",
        sql: "SELECT to_jsonb(t) FROM check_results t WHERE monitor_id = $1 ORDER BY scheduled_at, region",
    },
];

/// The monitors of an organisation, in a file of their own: what is sent to the target is left out.
pub(super) const MONITORS: (&str, &str) = (
    "monitors.ndjson",
    "what is watched, as viewers see it: without headers, bodies, credentials and the queries of addresses",
);

/// What an organisation has, beside its monitors and their history.
pub(super) const OF_ORGANISATIONS: [File; 42] = [
    File {
        name: "organisation.ndjson",
        about: "the organisation itself",
        sql: "SELECT to_jsonb(t) FROM organisations t WHERE id = $1",
    },
    File {
        name: "members.ndjson",
        about: "who is a member, and what as",
        sql: "SELECT jsonb_build_object('user_id', u.id, 'name', u.name, 'email', u.email, 'role', m.role,
                     'joined_at', m.created_at)
              FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.org_id = $1 ORDER BY u.id",
    },
    File {
        name: "invitations.ndjson",
        about: "who is invited and has not answered",
        sql: "SELECT to_jsonb(t) - '{token_hash}'::text[] FROM member_invitations t WHERE org_id = $1 ORDER BY created_at",
    },
    File {
        name: "api_keys.ndjson",
        about: "API keys, without the keys themselves",
        sql: "SELECT to_jsonb(t) - '{hash}'::text[] FROM api_keys t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "ping_key.ndjson",
        about: "when the key was made under which heartbeats are pinged by their slugs, without the key itself",
        sql: "SELECT to_jsonb(t) - '{ping_key}'::text[] FROM ping_keys t WHERE org_id = $1",
    },
    File {
        name: "heartbeats.ndjson",
        about: "heartbeats with their slugs, without the addresses at which they are pinged",
        sql: "SELECT to_jsonb(t) - '{ping_uuid,push_token,badge_key}'::text[] FROM heartbeats t
              WHERE org_id = $1 ORDER BY monitor_id",
    },
    File {
        name: "tags.ndjson",
        about: "tags, with the ids of their monitors",
        sql: "SELECT to_jsonb(t) || jsonb_build_object('monitors', (SELECT coalesce(jsonb_agg(monitor_id), '[]')
                     FROM monitor_tags mt WHERE mt.tag_id = t.id))
              FROM tags t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "monitor_versions.ndjson",
        about: "when definitions of monitors were changed in the last 400 days, and by which member, API key or part of the \
                product; without the definitions",
        sql: "SELECT jsonb_build_object('monitor_id', monitor_id, 'version', version, 'from', from_at, 'until', until_at,
                     'made_by', made_by, 'user_id', user_id, 'maker', maker, 'restored', restored, 'name', name)
              FROM monitor_versions t WHERE org_id = $1 ORDER BY monitor_id, version",
    },
    File {
        name: "definition_versions.ndjson",
        about: "what maintenance windows, alert routes, escalation policies and on-call schedules were in the last 400 days: \
                each definition with when it held, and by which member, API key or part of the product it was saved; null \
                for the one that holds",
        // Beside tags, 0 stands for no monitor.
        sql: "SELECT jsonb_build_object('kind', kind, 'id', object_id, 'version', version, 'from', from_at, 'until', until_at,
                     'made_by', made_by, 'user_id', user_id, 'maker', maker, 'restored', restored,
                     'definition', CASE WHEN definition ? 'monitors'
                         THEN jsonb_set(definition, '{monitors}', (SELECT coalesce(jsonb_agg(it ORDER BY n), '[]')
                             FROM jsonb_array_elements(definition->'monitors') WITH ORDINALITY AS given (it, n)
                             WHERE it <> '0'))
                         ELSE definition END)
              FROM definition_versions t WHERE org_id = $1 ORDER BY kind, object_id, version",
    },
    File {
        name: "channels.ndjson",
        about: "who is told of outages, without addresses, URLs and tokens; without members' own channels",
        sql: "SELECT to_jsonb(t) - '{config}'::text[] FROM channels t WHERE org_id = $1 AND owner_id IS NULL ORDER BY id",
    },
    File {
        name: "alert_routes.ndjson",
        about: "where alerts go, in the order in which routes are asked",
        sql: "SELECT to_jsonb(t) FROM alert_routes t WHERE org_id = $1 ORDER BY position",
    },
    File {
        name: "escalation_policies.ndjson",
        about: "who is notified in turn",
        sql: "SELECT to_jsonb(t) FROM escalation_policies t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "teams.ndjson",
        about: "members who are notified together",
        sql: "SELECT to_jsonb(t) || jsonb_build_object('members', ARRAY(SELECT user_id FROM team_members m
                     WHERE m.team_id = t.id ORDER BY position))
              FROM teams t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "on_call_schedules.ndjson",
        about: "who is on call when",
        sql: "SELECT to_jsonb(t) FROM on_call_schedules t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "on_call_overrides.ndjson",
        about: "who stands in on call, or did in the last 400 days",
        sql: "SELECT to_jsonb(t) FROM on_call_overrides t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "calendar_feeds.ndjson",
        about: "which members have shifts in their calendars, without the addresses of these feeds",
        sql: "SELECT to_jsonb(t) - '{token_hash}'::text[] FROM calendar_feeds t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "email_recipients.ndjson",
        about: "what recipients of e-mail channels have answered; by names that are computed of their addresses",
        sql: "SELECT to_jsonb(t) FROM email_recipients t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "maintenance_windows.ndjson",
        about: "when nobody is notified",
        // Beside tags, 0 stands for no monitor.
        sql: "SELECT to_jsonb(t) || jsonb_build_object('monitors', array_remove(t.monitors, 0))
              FROM maintenance_windows t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "silences.ndjson",
        about: "of which incidents nobody is notified for a while, or was in the last 30 days",
        sql: "SELECT to_jsonb(t) FROM silences t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "earlier_alert_settings.ndjson",
        about: "what alerts went by in the last 90 days: each row of a table as it was until an instant, null where there was \
                none, and of alert routes in which order they were; without members' own channels and quiet hours, and when channels were made",
        sql: "SELECT jsonb_build_object('table', relation, 'key', row_key, 'until', until_at, 'row', was) FROM past_rows t
              WHERE org_id = $1 AND relation <> 'member_quiet_hours'
                  AND (relation <> 'channels' OR was IS NOT NULL AND was->>'owner_id' IS NULL)
              ORDER BY until_at, id",
    },
    File {
        name: "drills.ndjson",
        about: "outages that were rehearsed; in deliveries.ndjson the monitor of one has its id, below zero",
        sql: "SELECT to_jsonb(t) FROM drills t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "drill_schedules.ndjson",
        about: "which drills begin by themselves",
        sql: "SELECT to_jsonb(t) FROM drill_schedules t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "status_pages.ndjson",
        about: "status pages, with their logos as PNG in base64, without passwords and what proves host names",
        sql: "SELECT to_jsonb(t) - '{password_hash,host_token}'::text[]
                     || jsonb_build_object('logo', (SELECT encode(png, 'base64') FROM status_page_logos WHERE page_id = t.id))
              FROM status_pages t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "components.ndjson",
        about: "what each status page shows the state of, with its group and other status pages",
        sql: "SELECT to_jsonb(c) || jsonb_build_object('group', g.name, 'group_position', g.position)
              FROM components c JOIN component_groups g ON g.id = c.group_id JOIN status_pages p ON p.id = c.page_id
              WHERE p.org_id = $1 ORDER BY c.page_id, g.position, c.position",
    },
    File {
        name: "status_reports.ndjson",
        about: "reports on status pages, with the incidents that they are about",
        sql: "SELECT to_jsonb(t) || jsonb_build_object('incidents', (SELECT coalesce(jsonb_agg(incident_id), '[]')
                     FROM report_incidents i WHERE i.report_id = t.id))
              FROM status_reports t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "report_updates.ndjson",
        about: "the updates of these reports, with what they say of components",
        sql: "SELECT to_jsonb(t) || jsonb_build_object('components', (
                     SELECT coalesce(jsonb_agg(to_jsonb(i) - '{org_id,update_id}'::text[]), '[]')
                     FROM report_impacts i WHERE i.update_id = t.id))
              FROM report_updates t WHERE org_id = $1 ORDER BY report_id, id",
    },
    File {
        name: "report_templates.ndjson",
        about: "what is prepared to be said in reports",
        sql: "SELECT to_jsonb(t) FROM report_templates t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "subscribers.ndjson",
        about: "who gets mails about status pages, or was asked",
        sql: "SELECT to_jsonb(t) - '{due_at,attempts,counted}'::text[] FROM status_page_subscribers t
              WHERE org_id = $1 ORDER BY page_id, created_at",
    },
    File {
        name: "notices.ndjson",
        about: "mails to subscribers about updates of reports, for 30 days, and what came of each",
        sql: "SELECT to_jsonb(t) - '{due_at,attempts}'::text[] FROM report_notices t
              WHERE org_id = $1 ORDER BY update_id, subscriber_id",
    },
    File {
        name: "destinations.ndjson",
        about: "where updates of status pages are posted to, without URLs and secrets",
        sql: "SELECT to_jsonb(t) - '{config,refusals}'::text[] FROM status_page_destinations t
              WHERE org_id = $1 ORDER BY page_id, id",
    },
    File {
        name: "destination_deliveries.ndjson",
        about: "messages to destinations about updates of reports, for 30 days, and what came of each",
        sql: "SELECT to_jsonb(t) - '{due_at}'::text[] FROM report_deliveries t
              WHERE org_id = $1 ORDER BY update_id, destination_id",
    },
    File {
        name: "states.ndjson",
        about: "the state of each monitor",
        sql: "SELECT to_jsonb(t) - '{fold,folded_by}'::text[] FROM monitor_states t
              WHERE monitor_id IN (SELECT id FROM monitors WHERE org_id = $1) ORDER BY monitor_id",
    },
    File {
        name: "incidents.ndjson",
        about: "outages",
        sql: "SELECT to_jsonb(t) FROM incidents t WHERE org_id = $1 ORDER BY started_at DESC, id",
    },
    File {
        name: "notes.ndjson",
        about: "notes on outages",
        sql: "SELECT to_jsonb(t) FROM incident_notes t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "acknowledgements.ndjson",
        about: "who has acknowledged outages",
        sql: "SELECT to_jsonb(t) FROM incident_acknowledgements t WHERE org_id = $1 ORDER BY acknowledged_at",
    },
    File {
        name: "deliveries.ndjson",
        about: "each step of each notification, for as long as they are kept; what came of messages to channels of \
                members' own, and to deleted channels, is left out",
        // Of a channel that is gone nobody knows whose it was; nor who it was of whom earlier releases have noted of a step
        // that somebody has quiet hours.
        sql: "SELECT to_jsonb(t) || CASE
                     WHEN t.channel_id = 0 OR (t.step = 'suppressed' AND t.delivery_id IS NULL) OR EXISTS (
                         SELECT FROM channels c WHERE c.id = t.channel_id AND c.org_id = $1 AND c.owner_id IS NULL)
                     THEN '{}'::jsonb ELSE '{\"reason\": null, \"receipt\": null}'::jsonb END || CASE
                     WHEN t.channel_id = 0 AND t.step = 'suppressed' AND t.reason LIKE 'step %, somebody has quiet hours'
                     THEN jsonb_build_object('reason', regexp_replace(t.reason, ', somebody has quiet hours$', ''))
                     ELSE '{}'::jsonb END
              FROM alert_events t WHERE org_id = $1 AND (t.channel_id = 0 AND t.step = 'suppressed'
                  AND t.reason LIKE 'step %: somebody has quiet hours') IS NOT TRUE
              ORDER BY channel_id, at DESC",
    },
    File {
        name: "message_reports.ndjson",
        about: "what WhatsApp has reported about messages; without members' own channels",
        sql: "SELECT to_jsonb(t) - 'passed_on' FROM message_reports t JOIN channels c ON c.id = t.channel_id AND c.owner_id IS NULL
              WHERE t.org_id = $1 ORDER BY t.channel_id, t.receipt",
    },
    File {
        name: "sla_reports.ndjson",
        about: "SLA reports as they were made",
        sql: "SELECT jsonb_build_object('id', id, 'schedule_id', schedule_id, 'created_at', created_at, 'report', content)
              FROM sla_reports WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "sla_schedules.ndjson",
        about: "which SLA reports are made by themselves, with the ids of who gets a mail of them",
        sql: "SELECT to_jsonb(t) - '{lent_until,attempts}'::text[] || jsonb_build_object('recipients', (
                     SELECT coalesce(jsonb_agg(user_id ORDER BY user_id), '[]')
                     FROM sla_schedule_recipients r WHERE r.schedule_id = t.id))
              FROM sla_schedules t WHERE org_id = $1 ORDER BY id",
    },
    File {
        name: "exports.ndjson",
        about: "exports of the organisation",
        sql: "SELECT jsonb_build_object('id', id, 'user_id', user_id, 'requested_at', requested_at)
              FROM exports WHERE org_id = $1 ORDER BY requested_at",
    },
    File {
        name: "deletion.ndjson",
        about: "whether the organisation is to be deleted",
        sql: "SELECT to_jsonb(t) FROM organisation_deletions t WHERE org_id = $1",
    },
    File {
        name: "audit_log.ndjson",
        about: "who has changed what, for 400 days",
        sql: "SELECT to_jsonb(t) FROM audit_log t WHERE org_id = $1 ORDER BY id",
    },
];

/// What an archive is, and what each of its files holds.
pub(super) fn readme(of: &str, made_at: &str, files: &[(&str, &str)], is_complete: bool) -> String {
    let mut text = format!(
        "# Export {of}\n\nMade on {made_at}, of one instant. Each line of a file is one row, as JSON; times are in UTC. \
         What is a secret is left out: passwords, keys, tokens, and what monitors and channels send to others.\n\n"
    );
    for (name, about) in files {
        text.push_str(&format!("- `{name}`: {about}\n"));
    }
    if !is_complete {
        text.push_str("\nThe archive reached the largest size that is made: the last file ends early, and those after it are missing.\n");
    }
    text
}
