//! One binary for all: each further one costs a link and a hundred megabytes on disk.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_keys;
mod badges;
mod check;
mod common;
mod cors;
mod documented;
mod edge;
mod framing;
mod hosts;
mod limits;
mod narrowed;
mod page_doors;
mod page_guards;
mod page_subscriptions;
mod pages;
mod pages_kept;
mod patience;
mod ping;
mod ping_clients;
mod ping_limits;
mod pushes;
mod regions;
mod revoked;
mod sign_in;
mod slack;
mod stream;
mod token_paths;
mod whatsapp;
