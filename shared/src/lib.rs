//! Infrastructure that every service needs and that knows nothing of monitors: settings, telemetry, HTTP, TLS,
//! PostgreSQL, Redis, Kafka and SMTP set-up, retries, the target guard, shutdown.

pub mod acknowledge_link;
pub mod api_key;
mod causes;
pub mod crypto;
pub mod device;
pub mod guard;
mod healthcheck;
pub mod http;
pub mod items;
pub mod kafka;
pub mod lasting;
mod log_format;
pub mod open_files;
pub mod ops;
pub mod outgoing;
pub mod permits;
pub mod postgres;
mod process;
pub mod redis;
pub mod regions;
pub mod retry;
pub mod service;
pub mod settings;
pub mod shutdown;
#[cfg(feature = "smtp")]
pub mod smtp;
pub mod status_page;
pub mod telemetry;
pub mod tls;
pub mod token;

use std::time::{SystemTime, UNIX_EPOCH};

pub use causes::causes;

/// The wall clock.
pub fn now() -> domain::Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    domain::Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// Installs the process-wide crypto providers (ring for TLS, HMAC-SHA-256 for tokens). Call it first in
/// every `main`; calling it again does nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    token::install_provider();
}
