//! Maintenance windows: when monitors may be down.

mod handlers;
mod input;
mod row;

pub(crate) use handlers::configure;
pub(crate) use row::all;
