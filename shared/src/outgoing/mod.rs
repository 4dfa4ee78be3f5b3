//! Requests to addresses that users gave us: guarded, with a deadline and a limit on each answer; and how they are signed.

mod bounded;
mod connector;
mod exchange;
mod webhook;

pub use self::exchange::{Answer, ExchangeError, Exchanges, excerpt};
pub use self::webhook::{Keys, signed};
pub use hyper::body::Bytes;
