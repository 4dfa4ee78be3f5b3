//! Resolves names to addresses. Answers are cached for their time to live, at most a minute. That a name has no address
//! at all is never taken from the cache, so that a confirmation queries again, and a name that is back is found.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::ErrorCode;
use domain::monitor::RecordType;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RecordType as WireType;

use crate::error::ProbeError;

/// Answers in the cache.
const CACHE_SIZE: u64 = 65_536;

/// Concurrent queries to one name server.
const MAX_QUERIES: usize = 8_192;

/// How long a name server may take before the query is repeated.
const QUERY_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer is cached, whatever its time to live.
const MAX_TTL: Duration = Duration::from_secs(60);

/// An asynchronous resolver: the system's would block a thread for each name.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    cached: TokioResolver,
    uncached: TokioResolver,
}

impl Resolver {
    /// A resolver that queries the system's name servers.
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

    /// The records of a name as text, from `server` or the system's name servers, never from the cache.
    pub(crate) async fn query(
        &self,
        name: &str,
        record_type: RecordType,
        server: Option<SocketAddr>,
    ) -> Result<Vec<String>, ProbeError> {
        let temporary;
        let resolver = match server {
            None => &self.uncached,
            Some(server) => {
                temporary = resolver_at(server).map_err(|error| lookup_error(name, &error))?;
                &temporary
            }
        };
        // A name of the user's is never one of the search domain's.
        let absolute = format!("{}.", name.trim_end_matches('.'));
        let record_type = wire_type(record_type);
        let found = resolver.lookup(absolute, record_type).await;
        let found = found.map_err(
            |error| match error.is_no_records_found() && !error.is_nx_domain() {
                true => ProbeError::target(
                    ErrorCode::DnsFailure,
                    format!("DNS lookup failed: {name} has no {record_type} records"),
                ),
                false => lookup_error(name, &error),
            },
        )?;
        let records = found
            .answers()
            .iter()
            .filter(|record| record.record_type() == record_type);
        Ok(records.map(|record| record.data.to_string()).collect())
    }

    /// The addresses of `name`; at least one.
    pub(crate) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ProbeError> {
        if is_localhost(name) {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let name_asked = absolute_name(name);
        let mut answer = self.cached.lookup_ip(&*name_asked).await;
        if answer.as_ref().is_err_and(is_negative) {
            answer = self.uncached.lookup_ip(&*name_asked).await;
        }
        match answer {
            Ok(found) => {
                let addresses: Vec<IpAddr> = found.iter().collect();
                if addresses.is_empty() {
                    return Err(no_address(name));
                }
                Ok(addresses)
            }
            Err(error) => Err(lookup_error(name, &error)),
        }
    }
}

fn resolver_at(server: SocketAddr) -> Result<TokioResolver, NetError> {
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![name_server(server)]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    set_options(builder.options_mut(), 0);
    builder.build()
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut config.connections {
        connection.port = server.port();
    }
    config
}

fn set_options(options: &mut ResolverOpts, cache_size: u64) {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.cache_size = cache_size;
    options.max_active_requests = MAX_QUERIES;
    options.timeout = QUERY_TIMEOUT;
    options.positive_max_ttl = Some(MAX_TTL);
    // That there is no IPv6 address is an answer, too, and most hosts give it.
    options.negative_max_ttl = Some(MAX_TTL);
}

fn is_negative(error: &NetError) -> bool {
    error.is_nx_domain() || error.is_no_records_found()
}

/// A name with a dot is absolute: Kubernetes would have it queried in each search domain first. Only a
/// single label is looked for there.
fn absolute_name(name: &str) -> Cow<'_, str> {
    if name.contains('.') && !name.ends_with('.') {
        format!("{name}.").into()
    } else {
        name.into()
    }
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

fn no_address(name: &str) -> ProbeError {
    ProbeError::target(
        ErrorCode::DnsFailure,
        format!("DNS lookup failed: {name} has no address"),
    )
}

fn lookup_error(name: &str, error: &NetError) -> ProbeError {
    if error.is_nx_domain() {
        return ProbeError::target(
            ErrorCode::DnsFailure,
            format!("DNS lookup failed: {name} does not exist"),
        );
    }
    if error.is_no_records_found() {
        return no_address(name);
    }
    match error {
        NetError::Timeout => {
            ProbeError::target(ErrorCode::DnsTimeout, format!("DNS lookup of {name} timed out"))
        }
        NetError::Busy => ProbeError::Local(format!("too many questions to the name server: {name}")),
        error => ProbeError::target(
            ErrorCode::DnsFailure,
            format!("DNS lookup of {name} failed: {error}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::net::UdpSocket;

    use super::*;

    /// A name server that knows any name, or none; either may be kept for a day.
    struct NameServer {
        address: SocketAddr,
        knows: Arc<AtomicBool>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl NameServer {
        async fn start() -> Self {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let server = Self {
                address: socket.local_addr().unwrap(),
                knows: Arc::default(),
                asked: Arc::default(),
            };
            let (knows, asked) = (Arc::clone(&server.knows), Arc::clone(&server.asked));
            tokio::spawn(async move {
                let mut question = [0; 512];
                while let Ok((read, from)) = socket.recv_from(&mut question).await {
                    // The question's name ends with a zero, before type and class.
                    let end = 12 + question[12..read].iter().position(|&b| b == 0).unwrap() + 5;
                    let name = question[13..end - 5]
                        .iter()
                        .map(|&b| if b < b'-' { '.' } else { b.into() });
                    asked.lock().unwrap().push(name.collect());
                    let known = knows.load(Ordering::SeqCst);
                    let has_address = known && question[end - 3] == 1;
                    let mut answer = question[..2].to_vec();
                    let (answers, authorities) = if has_address { (1, 0) } else { (0, 1) };
                    answer.extend([
                        0x85,
                        if known { 0x80 } else { 0x83 },
                        0,
                        1,
                        0,
                        answers,
                        0,
                        authorities,
                        0,
                        0,
                    ]);
                    answer.extend(&question[12..end]);
                    // A day is 0x15180 seconds.
                    if has_address {
                        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 1, 0x51, 0x80, 0, 4, 192, 0, 2, 7]);
                    } else {
                        answer.extend([0, 0, 6, 0, 1, 0, 1, 0x51, 0x80, 0, 22, 0, 0]);
                        answer.extend([0, 1, 0x51, 0x80].repeat(5));
                    }
                    let _ = socket.send_to(&answer, from).await;
                }
            });
            server
        }

        /// A resolver as it is in a pod of Kubernetes, but for this name server.
        fn resolver(&self) -> Resolver {
            let search = vec!["svc.cluster.local.".parse().unwrap()];
            let config = ResolverConfig::from_parts(None, search, vec![name_server(self.address)]);
            let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            set_options(builder.options_mut(), CACHE_SIZE);
            builder.options_mut().ndots = 5;
            Resolver {
                cached: builder.build().unwrap(),
                uncached: resolver_at(self.address).unwrap(),
            }
        }

        fn asked(&self) -> Vec<String> {
            std::mem::take(&mut *self.asked.lock().unwrap())
        }
    }

    #[tokio::test]
    async fn that_a_name_does_not_exist_is_not_cached() {
        let server = NameServer::start().await;
        let resolver = server.resolver();
        assert!(resolver.addresses("a.example").await.is_err());
        assert!(!server.asked().is_empty());
        assert!(resolver.addresses("a.example").await.is_err());
        assert!(!server.asked().is_empty(), "a confirmation queries again");
        server.knows.store(true, Ordering::SeqCst);
        let address = IpAddr::from([192, 0, 2, 7]);
        assert_eq!(resolver.addresses("a.example").await.unwrap(), [address]);

        // What there is, is kept, also that there is no IPv6 address, but not for the day of their time to live.
        resolver.addresses("b.example").await.unwrap();
        let kept = resolver.cached.lookup("b.example.", WireType::A).await.unwrap();
        assert!(kept.answers()[0].ttl <= 60, "{kept:?}");
        server.asked();
        assert_eq!(resolver.addresses("b.example").await.unwrap(), [address]);
        assert_eq!(server.asked(), [""; 0]);
    }

    #[tokio::test]
    async fn only_a_single_label_is_queried_in_search_domains() {
        let server = NameServer::start().await;
        let resolver = server.resolver();
        for name in ["a.example", "a.example."] {
            assert!(resolver.addresses(name).await.is_err());
            let asked = server.asked();
            assert!(
                !asked.is_empty() && asked.iter().all(|name| name == "a.example"),
                "{asked:?}"
            );
        }
        server.knows.store(true, Ordering::SeqCst);
        assert!(resolver.addresses("web").await.is_ok());
        assert_eq!(server.asked()[0], "web.svc.cluster.local");
    }

    #[test]
    fn names_of_this_machine_are_known() {
        for name in ["localhost", "localhost.", "a.localhost"] {
            assert!(is_localhost(name), "{name}");
        }
        assert!(!is_localhost("localhost.example.org"));
    }
}
