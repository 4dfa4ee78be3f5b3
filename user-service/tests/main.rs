//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod alerting_deliveries;
mod alerting_incidents;
mod alerting_slack;
mod api_keys;
mod audit;
mod auth;
mod bulk;
mod channel_kinds;
mod common;
mod deletions;
mod exports;
mod faults;
mod history;
mod idempotency;
mod input;
mod invitations;
mod live;
mod mail_room;
mod mails;
mod mirror;
mod monitor_keys;
mod monitors;
mod names;
mod narrowed;
mod narrowed_rules;
mod outbox;
mod own_audit;
mod plans;
mod recipients;
mod restored;
mod sealed_monitors;
mod second_factor;
mod second_factor_policy;
mod series;
mod sign_in;
mod sign_in_refused;
mod sign_in_second_factor;
mod squatting;
mod tags;
mod teams;
mod unreadable;
mod uptime;
mod windows;
