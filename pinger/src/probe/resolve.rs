//! Names to addresses. Answers are cached for as long as their time to live says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use domain::ErrorCode;
use domain::monitor::RecordType;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RecordType as WireType;

use super::failure::Fault;

/// Answers that are kept.
const CACHE_SIZE: u64 = 65_536;

/// Questions to one name server at a time.
const MAX_QUESTIONS: usize = 8_192;

/// How long a name server may take before it is asked once more.
const QUESTION_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

/// A resolver of its own: the system's would block a thread for each name.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    cached: TokioResolver,
    uncached: TokioResolver,
}

impl Resolver {
    /// A resolver that asks the system's name servers.
    ///
    /// # Errors
    /// When the system's configuration cannot be read.
    pub(crate) fn new() -> Result<Self, NetError> {
        let build = |cache_size| {
            let mut builder = TokioResolver::builder_tokio()?;
            set_options(builder.options_mut(), cache_size);
            builder.build()
        };
        Ok(Self {
            cached: build(CACHE_SIZE)?,
            uncached: build(0)?,
        })
    }

    /// The texts of the records of a name, asked anew from `server` or from the system's.
    pub(super) async fn ask(
        &self,
        name: &str,
        record_type: RecordType,
        server: Option<SocketAddr>,
    ) -> Result<Vec<String>, Fault> {
        let of_its_own;
        let resolver = match server {
            None => &self.uncached,
            Some(server) => {
                of_its_own = asking(server).map_err(|error| failed(name, &error))?;
                &of_its_own
            }
        };
        // A name of the user's is never one of the search domain's.
        let absolute = format!("{}.", name.trim_end_matches('.'));
        let record_type = wire_type(record_type);
        let found = resolver.lookup(absolute, record_type).await;
        let found = found.map_err(|error| failed(name, &error))?;
        let records = found
            .answers()
            .iter()
            .filter(|record| record.record_type() == record_type);
        Ok(records.map(|record| record.data.to_string()).collect())
    }

    /// The addresses of `name`; at least one.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Fault> {
        if is_localhost(name) {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        match self.cached.lookup_ip(name).await {
            Ok(found) => {
                let addresses: Vec<IpAddr> = found.iter().collect();
                if addresses.is_empty() {
                    return Err(no_address(name));
                }
                Ok(addresses)
            }
            Err(error) => Err(failed(name, &error)),
        }
    }
}

fn asking(server: SocketAddr) -> Result<TokioResolver, NetError> {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut config.connections {
        connection.port = server.port();
    }
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![config]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    set_options(builder.options_mut(), 0);
    builder.build()
}

fn set_options(options: &mut ResolverOpts, cache_size: u64) {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.cache_size = cache_size;
    options.max_active_requests = MAX_QUESTIONS;
    options.timeout = QUESTION_TIMEOUT;
}

fn wire_type(record_type: RecordType) -> WireType {
    match record_type {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Caa => WireType::CAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Mx => WireType::MX,
        RecordType::Ns => WireType::NS,
        RecordType::Ptr => WireType::PTR,
        RecordType::Soa => WireType::SOA,
        RecordType::Srv => WireType::SRV,
        RecordType::Txt => WireType::TXT,
    }
}

/// RFC 6761: such names never leave the machine.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn no_address(name: &str) -> Fault {
    Fault::target(ErrorCode::DnsFailure, format!("{name} has no address"))
}

fn failed(name: &str, error: &NetError) -> Fault {
    if error.is_nx_domain() {
        return Fault::target(ErrorCode::DnsFailure, format!("there is no host {name}"));
    }
    if error.is_no_records_found() {
        return no_address(name);
    }
    match error {
        NetError::Timeout => Fault::target(
            ErrorCode::DnsTimeout,
            format!("no answer from the name server for {name}"),
        ),
        NetError::Busy => Fault::Ours(format!("too many questions to the name server: {name}")),
        error => Fault::target(
            ErrorCode::DnsFailure,
            format!("{name} could not be resolved: {error}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_known() {
        for name in ["localhost", "localhost.", "a.localhost"] {
            assert!(is_localhost(name), "{name}");
        }
        assert!(!is_localhost("localhost.example.org"));
    }
}
