//! Channels: who is told.

mod config;
mod handlers;
mod input;
mod row;

pub(crate) use handlers::configure;
pub(crate) use row::{ChannelRow, all, find, reseal};
