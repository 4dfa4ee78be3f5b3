//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod abuse;
mod access;
mod backup;
mod email_recipients;
mod erased;
mod metrics;
mod one_process;
mod provider_sign_in;
mod restore;
mod site;
mod slack_button;
mod status_pages;
mod stores_lost;
