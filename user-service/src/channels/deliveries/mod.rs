//! Messages to channels: what came of them, and sending one once more.

mod handlers;
mod row;

pub(super) use handlers::mount;
