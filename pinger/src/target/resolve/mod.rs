//! Resolves names: the addresses of hosts ([`Lookups`]), and the records that DNS checks ask for.
//!
//! Addresses are cached for their time to live, at most a minute. That a name has no address at all is never taken from
//! the cache, so that a confirmation queries again, and a name that is back is found. Records are never cached.

mod health;
mod hosts;
mod lookups;
mod problem;
mod query;
#[cfg(test)]
pub(crate) mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::ProtoError;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::{TokioResolver, system_conf};

use self::health::Health;
use self::hosts::Hosts;
pub(crate) use self::problem::no_address;
use self::query::NameServers;
use crate::zone::Zone;

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
    addresses: TokioResolver,
    hosts: Arc<Hosts>,
    /// Those that are asked for addresses: the system's, or those of the settings.
    system: NameServers,
    health: Arc<Health>,
    /// In which names without a dot are looked for first.
    search_zone: Option<Zone>,
}

impl Resolver {
    /// A resolver that queries the system's name servers, and knows its hosts file.
    ///
    /// # Errors
    /// When the system's configuration cannot be read.
    pub(crate) fn new() -> Result<Self, NetError> {
        let (config, options) = system_conf::read_system_conf()?;
        Self::with(config, options, Hosts::of_this_machine())
    }

    /// The same, but for the name servers, unless there are none.
    ///
    /// # Errors
    /// When there are none, and the system's configuration cannot be read.
    pub(crate) fn asking(servers: &[SocketAddr]) -> Result<Self, NetError> {
        if servers.is_empty() {
            return Self::new();
        }
        let (config, options) = instead(servers, system_conf::read_system_conf().ok());
        Self::with(config, options, Hosts::of_this_machine())
    }

    fn with(config: ResolverConfig, mut options: ResolverOpts, hosts: Hosts) -> Result<Self, NetError> {
        set_options(&mut options);
        let system = NameServers::new(config.name_servers.clone(), options.clone())?;
        let search_zone = config.search().first().map(|domain| Zone::of(&domain.to_ascii()));
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        Ok(Self {
            addresses: builder.build()?,
            hosts: Arc::new(hosts),
            system,
            health: Arc::new(Health::new()),
            search_zone,
        })
    }
}

/// The system's configuration with other name servers. It may lack: a system that names none has no other use for it.
fn instead(
    servers: &[SocketAddr],
    system: Option<(ResolverConfig, ResolverOpts)>,
) -> (ResolverConfig, ResolverOpts) {
    let (config, options) = system.unwrap_or_default();
    let servers = servers.iter().copied().map(name_server).collect();
    let config = ResolverConfig::from_parts(config.domain().cloned(), config.search().to_vec(), servers);
    (config, options)
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut config.connections {
        connection.port = server.port();
    }
    config
}

fn set_options(options: &mut ResolverOpts) {
    // It is looked at first, and by itself: the library skips names with `_`.
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = CACHE_SIZE;
    options.max_active_requests = MAX_QUERIES;
    options.timeout = QUERY_TIMEOUT;
    options.positive_max_ttl = Some(MAX_TTL);
    // That there is no IPv6 address is an answer, too, and most hosts give it.
    options.negative_max_ttl = Some(MAX_TTL);
}

/// A name as it is asked for, byte by byte: by its own rules the library would refuse `my_app.lan`.
fn wire_name(name: &str, is_absolute: bool) -> Result<Name, ProtoError> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut name = Name::from_labels(name.split('.').map(str::as_bytes))?;
    name.set_fqdn(is_absolute);
    Ok(name)
}
