//! TCP: a connection, and text exchanged on it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kind::Kind;
use crate::field_error::Errors;
use crate::monitor::address::endpoint;

/// A TCP connection, and text exchanged on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TcpProbe {
    /// The host by name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Text to send after connecting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// Text that the response must contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
}

/// Options of TCP monitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TcpInput {
    /// Text to send after connecting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// Text that the response must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
}

impl Kind for TcpProbe {
    const NAME: &'static str = "tcp";
    type Input = TcpInput;

    fn parse(url: &str, input: TcpInput, errors: &mut Errors) -> Option<Self> {
        errors.text("tcp.send", input.send.as_deref(), 1_024);
        errors.text("tcp.expect", input.expect.as_deref(), 1_024);
        let (host, port) = endpoint(url, Self::NAME, errors)?;
        let Some(port) = port else {
            errors.add("url", "must name a port, as in tcp://example.org:5432");
            return None;
        };
        Some(Self {
            host,
            port,
            send: input.send,
            expect: input.expect,
        })
    }

    fn into_input(self) -> TcpInput {
        TcpInput {
            send: self.send,
            expect: self.expect,
        }
    }

    fn url(&self) -> String {
        format!("tcp://{}:{}", self.host, self.port)
    }

    fn host(&self) -> String {
        self.host.clone()
    }

    fn each_sent(input: &mut TcpInput, visit: &mut dyn FnMut(&mut String)) {
        input.send.iter_mut().for_each(visit);
    }
}
