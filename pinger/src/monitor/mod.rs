//! A definition made ready: parsed once, and small, because there are many.

mod http;

use domain::monitor::{Definition, DnsProbe, IcmpProbe, Probe, TcpProbe, TlsProbe};
use domain::{Grid, MonitorId, OrgId, Rule, Timestamp};

pub(crate) use self::http::{Extras, HttpTarget};
use crate::probe::Host;

/// A monitor, ready to be checked.
#[derive(Debug)]
pub(crate) struct Monitor {
    pub(crate) id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) revision: u32,
    /// When it was changed last; the epoch's beginning when that is not known.
    pub(crate) changed_at: Timestamp,
    pub(crate) interval_ms: u32,
    pub(crate) timeout_ms: u32,
    pub(crate) retry_delay_ms: u32,
    pub(crate) rule: Rule,
    pub(crate) retries: u16,
    pub(crate) paused: bool,
    pub(crate) upside_down: bool,
    /// Monitors of the same host share it.
    pub(crate) host: u32,
    /// The address as it may be shown.
    pub(crate) url: Box<str>,
    pub(crate) target: Target,
}

/// What is checked and what is expected.
#[derive(Debug)]
pub(crate) enum Target {
    Http(HttpTarget),
    Tcp(Box<TcpTarget>),
    Tls(Box<TlsTarget>),
    Dns(Box<DnsProbe>),
    Icmp(Box<IcmpTarget>),
}

/// A TCP connection and what is said on it.
#[derive(Debug)]
pub(crate) struct TcpTarget {
    pub(crate) host: Host,
    pub(crate) probe: TcpProbe,
}

/// A TLS handshake.
#[derive(Debug)]
pub(crate) struct TlsTarget {
    pub(crate) host: Host,
    pub(crate) probe: TlsProbe,
}

/// Pings.
#[derive(Debug)]
pub(crate) struct IcmpTarget {
    pub(crate) host: Host,
    pub(crate) probe: IcmpProbe,
}

/// A definition that this version cannot carry out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    /// The address is none.
    #[error("the URL cannot be checked")]
    Url,
    /// A header's name or value is none.
    #[error("a header is not valid")]
    Header,
}

impl Monitor {
    /// Makes a definition ready.
    ///
    /// # Errors
    /// When it cannot be carried out, which validation rules out.
    pub(crate) fn compile(definition: Definition) -> Result<Self, CompileError> {
        let url = definition.spec.probe.display_url().into_boxed_str();
        let spec = definition.spec;
        let target = Target::compile(spec.probe)?;
        Ok(Self {
            id: definition.id,
            org_id: definition.org_id,
            revision: definition.revision,
            changed_at: definition.changed_at.unwrap_or_default(),
            interval_ms: spec.interval_ms,
            timeout_ms: spec.timeout_ms,
            retry_delay_ms: spec.retry_delay_ms,
            rule: spec.rule,
            retries: spec.retries,
            paused: spec.paused,
            upside_down: spec.upside_down,
            host: target.host_key(),
            url,
            target,
        })
    }

    /// Its slots.
    pub(crate) fn grid(&self) -> Grid {
        Grid::new(self.id, self.interval_ms)
    }

    /// The name of its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self.target {
            Target::Http(_) => "http",
            Target::Tcp(_) => "tcp",
            Target::Tls(_) => "tls",
            Target::Dns(_) => "dns",
            Target::Icmp(_) => "icmp",
        }
    }
}

impl Target {
    fn compile(probe: Probe) -> Result<Self, CompileError> {
        Ok(match probe {
            Probe::Http(probe) => Self::Http(HttpTarget::compile(probe)?),
            Probe::Tcp(probe) => Self::Tcp(Box::new(TcpTarget {
                host: Host::parse(&probe.host).ok_or(CompileError::Url)?,
                probe,
            })),
            Probe::Tls(probe) => {
                let host = Host::parse(&probe.host).ok_or(CompileError::Url)?;
                host.server_name().ok_or(CompileError::Url)?;
                Self::Tls(Box::new(TlsTarget { host, probe }))
            }
            Probe::Dns(probe) => Self::Dns(Box::new(probe)),
            Probe::Icmp(probe) => Self::Icmp(Box::new(IcmpTarget {
                host: Host::parse(&probe.host).ok_or(CompileError::Url)?,
                probe,
            })),
        })
    }

    fn host_key(&self) -> u32 {
        let host = match self {
            Self::Http(target) => target.address.host(),
            Self::Tcp(target) => &target.host,
            Self::Tls(target) => &target.host,
            Self::Icmp(target) => &target.host,
            Self::Dns(probe) => return key(probe.host.as_bytes()),
        };
        match host {
            Host::Name(name) => key(name.as_bytes()),
            Host::Ip(std::net::IpAddr::V4(ip)) => key(&ip.octets()),
            Host::Ip(std::net::IpAddr::V6(ip)) => key(&ip.octets()),
        }
    }
}

/// FNV-1a; two hosts that share a key share a limit, which does no harm.
fn key(host: &[u8]) -> u32 {
    host.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_is_small() {
        // With its texts and its place in the schedule it stays below 1 KB.
        let size = std::mem::size_of::<Monitor>();
        assert!(size <= 336, "{size} bytes");
    }
}
