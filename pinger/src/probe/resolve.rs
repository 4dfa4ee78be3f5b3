//! Names to addresses. Answers are cached for as long as their time to live says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::ErrorCode;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::net::NetError;

use super::failure::Fault;

/// Answers that are kept.
const CACHE_SIZE: u64 = 65_536;

/// Questions to one name server at a time.
const MAX_QUESTIONS: usize = 8_192;

/// How long a name server may take before it is asked once more.
const QUESTION_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

/// A resolver of its own: the system's would block a thread for each name.
#[derive(Clone, Debug)]
pub(crate) struct Resolver(TokioResolver);

impl Resolver {
    /// A resolver that asks the system's name servers.
    ///
    /// # Errors
    /// When the system's configuration cannot be read.
    pub(crate) fn new() -> Result<Self, NetError> {
        let mut builder = TokioResolver::builder_tokio()?;
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.cache_size = CACHE_SIZE;
        options.max_active_requests = MAX_QUESTIONS;
        options.timeout = QUESTION_TIMEOUT;
        builder.build().map(Self)
    }

    /// The addresses of `name`; at least one.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Fault> {
        if is_localhost(name) {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        match self.0.lookup_ip(name).await {
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

/// RFC 6761: such names never leave the machine.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn no_address(name: &str) -> Fault {
    Fault::target(ErrorCode::DnsFailure, format!("{name} has no address"))
}

pub(super) fn failed(name: &str, error: &NetError) -> Fault {
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
