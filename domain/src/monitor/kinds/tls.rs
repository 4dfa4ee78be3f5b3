//! TLS: a handshake, and the certificate's validity.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Kind;
use crate::monitor::address::endpoint;
use crate::monitor::errors::Errors;

/// Days before a certificate's end on which it counts as down, by default.
const DEFAULT_WARN_DAYS: u16 = 14;
/// The port where the address names none.
const DEFAULT_PORT: u16 = 443;

/// A TLS handshake and the certificate that it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsProbe {
    /// The host by name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// A certificate that expires within so many days counts as down.
    pub warn_days: u16,
    /// Whether the certificate must be valid in other respects too.
    pub verify_tls: bool,
}

/// The part of a monitor that only TLS has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TlsInput {
    /// A certificate that expires within so many days counts as down; 14 by default.
    pub warn_days: Option<u16>,
    /// Whether the certificate must be valid in other respects too; true by default.
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
