//! TLS: a handshake, and the certificate's validity.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Kind;
use crate::field_error::Errors;
use crate::monitor::address::endpoint;

/// The default of [`TlsProbe::warn_days`].
const DEFAULT_WARN_DAYS: u16 = 14;
/// The port of an address without one.
const DEFAULT_PORT: u16 = 443;

/// A TLS handshake, and the certificate of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsProbe {
    /// The host by name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Days before expiry from which the certificate counts as down.
    pub warn_days: u16,
    /// Whether the certificate must be valid; false: expiry only.
    pub verify_tls: bool,
}

/// Options of TLS monitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsInput {
    /// Days before expiry from which the certificate counts as down; 14 by default.
    pub warn_days: Option<u16>,
    /// Whether the certificate must be valid; false: expiry only. True by default.
    pub verify_tls: Option<bool>,
}

impl Kind for TlsProbe {
    const NAME: &'static str = "tls";
    type Input = TlsInput;

    fn parse(url: &str, input: TlsInput, errors: &mut Errors) -> Option<Self> {
        let warn_days = input.warn_days.unwrap_or(DEFAULT_WARN_DAYS);
        errors.range("tls.warn_days", u32::from(warn_days), 0, 365);
        let (host, port) = endpoint(url, Self::NAME, errors)?;
        Some(Self {
            host,
            port: port.unwrap_or(DEFAULT_PORT),
            warn_days,
            verify_tls: input.verify_tls.unwrap_or(true),
        })
    }

    fn into_input(self) -> TlsInput {
        TlsInput {
            warn_days: Some(self.warn_days),
            verify_tls: Some(self.verify_tls),
        }
    }

    fn url(&self) -> String {
        format!("tls://{}:{}", self.host, self.port)
    }

    fn host(&self) -> String {
        self.host.clone()
    }
}
