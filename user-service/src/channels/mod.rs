//! Channels: who is told.

mod config;
mod deliveries;
mod handlers;
mod input;
mod row;

pub(crate) use handlers::mount;
pub(crate) use row::{ChannelRow, all, find, reseal, slack_bot};
