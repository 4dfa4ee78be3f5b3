//! Maintenance windows: when monitors may be down.

mod handlers;
mod input;
mod row;

pub(crate) use handlers::mount;
pub(crate) use row::all;
