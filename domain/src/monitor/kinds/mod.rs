//! The kinds of monitor. Each is a module; this one lists them.

mod dns;
mod heartbeat;
mod http;
mod icmp;
mod kind;
mod tcp;
mod tls;

pub use self::dns::{DnsInput, DnsProbe, NameServer, RecordType};
pub use self::heartbeat::{HeartbeatInput, HeartbeatProbe, ScheduleInput, slug};
pub use self::http::{
    DEFAULT_MAX_BODY_BYTES, HttpAuth, HttpInput, HttpMethod, HttpOptions, HttpProbe, IpFamily, JsonAssertion,
    StatusRanges,
};
pub use self::icmp::{IcmpInput, IcmpProbe, PING_PAUSE_MS};
pub use self::tcp::{TcpInput, TcpProbe};
pub use self::tls::{TlsInput, TlsProbe};

pub use crate::record::HEARTBEAT;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use self::kind::Kind;
use crate::baseline::AnomalyRule;
use crate::field_error::Errors;
use crate::flapping::FlappingRule;
use crate::ids::MonitorId;
use crate::quorum::QuorumInput;
use crate::recipients::Recipients;
use crate::severity::Severity;

/// The writable fields of a monitor. Unknown fields are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorInput {
    /// Display name; the host of the URL by default.
    pub name: Option<String>,
    /// The kind of check; `http` by default.
    #[schema(value_type = Option<MonitorKind>)]
    pub kind: Option<String>,
    /// The address to check; for other kinds than HTTP its scheme is the kind.
    pub url: Option<String>,
    /// Seconds between two checks; 60 by default.
    pub interval_seconds: Option<u32>,
    /// Timeout of one attempt in milliseconds; 10 s, or what fits the interval, by default.
    pub timeout_ms: Option<u32>,
    /// Retries before marking down; 1 by default.
    pub retries: Option<u16>,
    /// Pause before each retry in milliseconds; 1 s by default.
    pub retry_delay_ms: Option<u32>,
    /// Failing slots that open an incident: consecutive ones, or so many of the last `down_of`; 1 by default.
    pub down_after: Option<u16>,
    /// Of how many of the last slots `down_after` have to fail, more than `down_after` and at most 60; by default they have
    /// to be consecutive. Not for heartbeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_of: Option<u16>,
    /// Seconds from the first of the failing slots to the one that opens the incident, at least; 0 by default. Not for
    /// heartbeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_for_seconds: Option<u32>,
    /// Consecutive successful slots that resolve it; 1 by default.
    pub up_after: Option<u16>,
    /// A response slower than this, in milliseconds, is degraded.
    pub slow_ms: Option<u32>,
    /// Whether checks are paused.
    pub paused: Option<bool>,
    /// Whether the result is inverted: the target must not respond; false by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upside_down: Option<bool>,
    /// The names of the regions that check it, at most 16 of those that `GET /regions` lists, each once and in any order; only
    /// the home region by default. Not for heartbeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
    /// How many of its regions must find it down; with two regions or more only, and more than half of them by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quorum: Option<QuorumInput>,
    /// The names of its tags, at most 20; one that there is not is created. They change nothing of what is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// What it is called where it is configured from, such as a script: 1 to 128 letters, digits and `.` `_` `:` `-`,
    /// beginning with a letter or a digit. No two monitors of an organisation have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_key: Option<String>,
    /// How bad it is when it is down; `critical` by default. It changes nothing of what is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Who is notified of it; the routes decide by default. It changes nothing of what is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Recipients>,
    /// The monitors on which it depends, at most 20: while one of them is down, nobody is notified that this one is, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<MonitorId>>,
    /// When it is flapping; never by default. It changes nothing of what is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flapping: Option<FlappingRule>,
    /// Whether its response times are held against what is usual; not by default, and not for heartbeats. It changes nothing
    /// of what is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anomalies: Option<AnomalyRule>,
    /// Options of HTTP monitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpInput>,
    /// Options of TCP monitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpInput>,
    /// Options of TLS monitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsInput>,
    /// Options of DNS monitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsInput>,
    /// Options of ICMP monitors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp: Option<IcmpInput>,
    /// Options of heartbeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<HeartbeatInput>,
}

/// The kind of a check, as the API's document names it.
#[derive(Clone, Copy, Debug)]
pub struct MonitorKind;

impl PartialSchema for MonitorKind {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The kind of check."))
            .enum_values(Some(Probe::KINDS.iter().copied()))
            .into()
    }
}

impl ToSchema for MonitorKind {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident($probe:ty) with $options:ident;)+) => {
        /// How a monitor is checked: what is stored of its kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        #[allow(clippy::large_enum_variant, reason = "nearly all are of the large kinds")]
        pub enum Probe {
            $($(#[$doc])* $variant($probe),)+
        }

        impl Probe {
            /// The names of all kinds; the first is the default.
            pub const KINDS: &'static [&'static str] = &[$(<$probe as Kind>::NAME,)+];

            /// The name of the kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$probe as Kind>::NAME,)+
                }
            }

            /// What is checked, as the user would write it.
            pub(super) fn url(&self) -> String {
                match self {
                    $(Self::$variant(probe) => probe.url(),)+
                }
            }

            /// The host that is checked, or the name that is queried.
            pub(super) fn host(&self) -> String {
                match self {
                    $(Self::$variant(probe) => probe.host(),)+
                }
            }

            /// The shortest timeout with which the monitor can be up, and why.
            pub(super) fn least_timeout_ms(&self) -> Option<(u32, String)> {
                match self {
                    $(Self::$variant(probe) => probe.least_timeout_ms(),)+
                }
            }

            /// Validates the kind, the address and the options of the kind.
            pub(super) fn parse(input: &MonitorInput, errors: &mut Errors) -> Option<Self> {
                let kind = input.kind.as_deref().unwrap_or(Self::KINDS[0]);
                let url = input.url.as_deref().unwrap_or_default();
                if Self::KINDS.contains(&kind) {
                    $(if input.$options.is_some() && kind != <$probe as Kind>::NAME {
                        let message = format!("must be left out with the kind {kind}");
                        errors.add(<$probe as Kind>::NAME, message);
                    })+
                }
                $(if kind == <$probe as Kind>::NAME {
                    let options = input.$options.clone().unwrap_or_default();
                    return Kind::parse(url, options, errors).map(Self::$variant);
                })+
                errors.add("kind", format!("must be {}", any_of(Self::KINDS)));
                // The other errors are those of the default kind.
                HttpProbe::parse(url, input.http.clone().unwrap_or_default(), errors);
                None
            }

            /// Sets the options of the kind to those that make this probe.
            pub(super) fn write_options(self, input: &mut MonitorInput) {
                match self {
                    $(Self::$variant(probe) => input.$options = Some(probe.into_input()),)+
                }
            }
        }

        impl MonitorInput {
            /// Visits each secret, with the name of its kind and its own.
            pub(super) fn each_secret(&mut self, mut visit: impl FnMut(&'static str, &str, &mut String)) {
                $(if let Some(options) = &mut self.$options {
                    let kind = <$probe as Kind>::NAME;
                    <$probe as Kind>::each_secret(options, &mut |name, secret| visit(kind, name, secret));
                })+
            }

            /// Visits each text that is sent to the target.
            pub(super) fn each_sent(&mut self, mut visit: impl FnMut(&mut String)) {
                $(if let Some(options) = &mut self.$options {
                    <$probe as Kind>::each_sent(options, &mut visit);
                })+
            }
        }
    };
}

kinds! {
    /// An HTTP or HTTPS request.
    Http(HttpProbe) with http;
    /// A TCP connection.
    Tcp(TcpProbe) with tcp;
    /// A TLS handshake.
    Tls(TlsProbe) with tls;
    /// A query to a name server.
    Dns(DnsProbe) with dns;
    /// Pings.
    Icmp(IcmpProbe) with icmp;
    /// Pings that are waited for.
    Heartbeat(HeartbeatProbe) with heartbeat;
}

impl Probe {
    /// The address as it may be shown.
    pub fn display_url(&self) -> String {
        crate::redact::url(&self.url())
    }
}

/// Names as a sentence lists them: `http, tcp or dns`.
pub fn any_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
