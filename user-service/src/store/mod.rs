//! What PostgreSQL holds for the API: typed rows, one file per resource. Every query of an organisation's rows
//! takes a [`Scope`].

pub(crate) mod account_events;
pub(crate) mod accounts;
pub(crate) mod acknowledge_links;
#[cfg(test)]
mod adjoining_joint_windows;
#[cfg(test)]
mod adjoining_windows;
mod advisory_lock;
mod alert_causes;
pub(crate) mod alert_policy;
mod alert_policy_size;
pub(crate) mod alert_routes;
pub(crate) mod alert_settings;
pub(crate) mod alert_targets;
pub(crate) mod alerting;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod backtested_monitors;
pub(crate) mod baselines;
pub(crate) mod calendar_feeds;
pub(crate) mod channel_confirmations;
pub(crate) mod channels;
pub(crate) mod components;
pub(crate) mod confirmations;
pub(crate) mod day_uptime;
pub(crate) mod definition_versions;
pub(crate) mod definitions;
pub(crate) mod deletions;
pub(crate) mod deliveries;
pub(crate) mod dependencies;
pub(crate) mod destinations;
pub(crate) mod drill_changes;
pub(crate) mod drill_schedules;
pub(crate) mod drills;
pub(crate) mod erasure;
pub(crate) mod error;
pub(crate) mod escalation_policies;
pub(crate) mod exports;
pub(crate) mod external_pages;
mod fair_share;
pub(crate) mod heartbeat_spans;
pub(crate) mod heartbeats;
pub(crate) mod idempotency_keys;
pub(crate) mod identities;
pub(crate) mod incident_events;
pub(crate) mod incident_notes;
pub(crate) mod incidents;
pub(crate) mod incidents_as_of;
pub(crate) mod invitations;
pub(crate) mod joint;
pub(crate) mod labels;
pub(crate) mod limits;
pub(crate) mod mailed_tokens;
pub(crate) mod mails;
pub(crate) mod maintenance_windows;
pub(crate) mod measure;
pub(crate) mod members;
pub(crate) mod message_reports;
pub(crate) mod monitor_changes;
pub(crate) mod monitor_row;
pub(crate) mod monitor_seal;
pub(crate) mod monitor_status;
pub(crate) mod monitor_version_seal;
pub(crate) mod monitor_versions;
pub(crate) mod monitors;
pub(crate) mod monitors_as_of;
pub(crate) mod notices;
pub(crate) mod on_call_overrides;
pub(crate) mod on_call_schedules;
pub(crate) mod only_tags;
pub(crate) mod organisations;
pub(crate) mod outages;
pub(crate) mod outbox;
pub(crate) mod past;
pub(crate) mod people;
pub(crate) mod pings;
pub(crate) mod plans;
pub(crate) mod point_state;
pub(crate) mod pseudonyms;
mod purge;
#[cfg(test)]
mod query_plans;
pub(crate) mod quiet_hours;
pub(crate) mod recipients;
pub(crate) mod region_hours;
pub(crate) mod region_series;
pub(crate) mod region_status;
pub(crate) mod report_deliveries;
pub(crate) mod report_templates;
pub(crate) mod results;
mod results_as_of;
pub(crate) mod revocations;
mod scope;
pub(crate) mod search;
pub(crate) mod second_factors;
mod seen_monitors;
pub(crate) mod sent_alerts;
pub(crate) mod series;
pub(crate) mod sessions;
pub(crate) mod sign_in_challenges;
pub(crate) mod silences;
pub(crate) mod skipped_slots;
pub(crate) mod sla_history;
pub(crate) mod sla_reports;
pub(crate) mod sla_schedules;
pub(crate) mod sparklines;
pub(crate) mod status_as_of;
mod status_page_columns;
pub(crate) mod status_page_hosts;
pub(crate) mod status_page_publications;
pub(crate) mod status_pages;
pub(crate) mod status_reports;
mod stored_pings;
pub(crate) mod stored_records;
pub(crate) mod subscriber_answers;
pub(crate) mod subscribers;
pub(crate) mod summary;
pub(crate) mod summary_as_of;
pub(crate) mod tags;
pub(crate) mod teams;
pub(crate) mod undelivered;
pub(crate) mod unreadable;
pub(crate) mod users;
pub(crate) mod version_authors;
pub(crate) mod whatsapp_channels;
pub(crate) mod why;

pub(crate) use self::scope::Scope;

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::IsolationLevel;

/// Reads that see the database as it is at one instant: a channel, and whether its recipients have confirmed, must not
/// be of two.
pub(crate) async fn snapshot(client: &mut Client) -> Result<Transaction<'_>, tokio_postgres::Error> {
    let reading = client.build_transaction().read_only(true);
    reading
        .isolation_level(IsolationLevel::RepeatableRead)
        .start()
        .await
}
