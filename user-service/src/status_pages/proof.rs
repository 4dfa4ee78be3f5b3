//! Whether a host name is a page's: whoever has it can write a TXT record beside it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{TokioResolver, system_conf};
use tokio::sync::Semaphore;

use crate::store::status_page_hosts::Claim;

/// What stands before a host name in the name of its TXT record.
const LABEL: &str = "_uptime-challenge";

/// How long a look-up may take: less than a request, which waits for it.
const WITHIN: Duration = Duration::from_millis(3_500);

/// How long a name server may take before it is asked again.
const QUERY_WITHIN: Duration = Duration::from_millis(1_500);

/// Look-ups at a time.
const AT_ONCE: usize = 8;

/// Looks up whether host names are proven.
#[derive(Clone, Debug)]
pub(crate) struct Proofs {
    /// The one that is asked; the system's where there is none.
    name_server: Option<SocketAddr>,
    turns: Arc<Semaphore>,
}

/// The name of the record that proves a host name.
pub(crate) fn record_name(host: &str) -> String {
    format!("{LABEL}.{host}")
}

/// What that record has to say from now on.
pub(crate) fn new_token() -> String {
    shared::crypto::random::<16>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Proofs {
    pub(crate) fn new(name_server: Option<SocketAddr>) -> Self {
        Self {
            name_server,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Looks for the record of a claim, whatever becomes of who asks.
    ///
    /// # Errors
    /// Why it was not found, in words.
    pub(crate) async fn look_up(&self, claim: &Claim) -> Result<(), String> {
        let (proofs, claim) = (self.clone(), claim.clone());
        let looking = async move {
            let _turn = proofs.turns.acquire().await;
            proofs.find(&claim).await
        };
        let looking = tokio::spawn(tokio::time::timeout(WITHIN, looking));
        match looking.await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => Err("no name server has answered in time".to_owned()),
            Err(_) => Err("it could not be looked up".to_owned()),
        }
    }

    async fn find(&self, claim: &Claim) -> Result<(), String> {
        let name = record_name(&claim.host);
        let resolver = self.resolver().map_err(|error| in_words(&name, &error))?;
        let labels = name.split('.').map(str::as_bytes);
        let mut record = Name::from_labels(labels).map_err(|_| format!("{name} is too long for DNS"))?;
        record.set_fqdn(true);
        let found = resolver.lookup(record, RecordType::TXT).await;
        let found = found.map_err(|error| in_words(&name, &error))?;
        let texts = found.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(text) => Some(text.txt_data.concat()),
            _ => None,
        });
        match texts
            .into_iter()
            .any(|text| text.trim_ascii() == claim.token.as_bytes())
        {
            true => Ok(()),
            false => Err(format!("the TXT record {name} says something else")),
        }
    }

    /// A resolver that knows nothing yet: what somebody has written just now is found.
    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let (config, mut options) = match self.name_server {
            Some(server) => {
                let mut config = NameServerConfig::udp_and_tcp(server.ip());
                for connection in &mut config.connections {
                    connection.port = server.port();
                }
                (
                    ResolverConfig::from_parts(None, Vec::new(), vec![config]),
                    ResolverOpts::default(),
                )
            }
            None => system_conf::read_system_conf()?,
        };
        options.use_hosts_file = ResolveHosts::Never;
        options.cache_size = 0;
        options.timeout = QUERY_WITHIN;
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        builder.build()
    }
}

fn in_words(name: &str, error: &NetError) -> String {
    if error.is_nx_domain() || error.is_no_records_found() {
        return format!("there is no TXT record {name}");
    }
    match error {
        NetError::Timeout => "no name server has answered in time".to_owned(),
        _ => format!("the TXT record {name} could not be looked up"),
    }
}
