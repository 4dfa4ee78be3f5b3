//! The kinds of monitors.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Probe;

/// The kind of check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitorKind {
    /// An HTTP or HTTPS request.
    Http,
    /// A TCP connection.
    Tcp,
    /// A TLS handshake.
    Tls,
    /// A question to a name server.
    Dns,
    /// Pings.
    Icmp,
}

impl MonitorKind {
    /// The name in the API and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Dns => "dns",
            Self::Icmp => "icmp",
        }
    }
}

impl From<&Probe> for MonitorKind {
    fn from(probe: &Probe) -> Self {
        match probe {
            Probe::Http(_) => Self::Http,
            Probe::Tcp(_) => Self::Tcp,
            Probe::Tls(_) => Self::Tls,
            Probe::Dns(_) => Self::Dns,
            Probe::Icmp(_) => Self::Icmp,
        }
    }
}
