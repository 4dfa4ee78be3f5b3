//! Accounts and logins.

mod accounts;
mod cookie;
mod email;
mod handlers;
mod password;
mod sessions;

pub(crate) use accounts::name_of;
pub(crate) use handlers::mount;
pub(crate) use password::Passwords;
pub(crate) use sessions::purge_expired;
