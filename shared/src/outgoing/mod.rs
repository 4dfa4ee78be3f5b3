//! Requests to addresses that users gave us: guarded, with a deadline and a limit on each answer; and how they are signed.

mod bounded;
mod connector;
mod exchange;
pub mod teams;
mod webhook;
mod whole;

pub use self::connector::is_blocked;
pub use self::exchange::{Answer, ExchangeError, Exchanges, excerpt};
pub use self::webhook::{Keys, signed};
pub use self::whole::GuardedClient;
pub use hyper::body::Bytes;
