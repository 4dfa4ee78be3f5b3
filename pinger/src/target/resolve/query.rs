//! The records of a name, as a name server gives them. Nothing answers before it: no hosts file, no cache, and not this
//! machine for names such as `localhost`, which it would know by itself.

use std::net::SocketAddr;
use std::sync::Arc;

use domain::monitor::RecordType;
use hickory_resolver::config::{NameServerConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle as _, FirstAnswer as _, RetryDnsHandle};
use hickory_resolver::proto::op::{DnsRequestOptions, Query, ResponseCode};
use hickory_resolver::proto::rr::{RData, Record, RecordType as WireType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};

use super::problem::{LookupProblem, meaning};
use super::{Resolver, name_server, set_options, wire_name};
use crate::error::ProbeError;

/// Aliases that are followed where the name server does not do it by itself.
const MAX_ALIASES: usize = 8;

/// Name servers that are asked.
#[derive(Clone)]
pub(super) struct NameServers {
    handle: RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>,
    options: DnsRequestOptions,
}

impl std::fmt::Debug for NameServers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NameServers").finish_non_exhaustive()
    }
}

impl NameServers {
    pub(super) fn new(servers: Vec<NameServerConfig>, options: ResolverOpts) -> Result<Self, NetError> {
        let attempts = options.attempts;
        let mut request = DnsRequestOptions::default();
        request.use_edns = options.edns0;
        request.edns_payload_len = options.edns_payload_len;
        request.recursion_desired = options.recursion_desired;
        let context = Arc::new(PoolContext::new(options, TlsConfig::new()?));
        let pool = NameServerPool::from_config(servers, context, TokioRuntimeProvider::default());
        Ok(Self {
            handle: RetryDnsHandle::new(pool, attempts),
            options: request,
        })
    }

    fn at(server: SocketAddr) -> Result<Self, NetError> {
        let mut options = ResolverOpts::default();
        set_options(&mut options);
        Self::new(vec![name_server(server)], options)
    }

    /// The records of a name; at least one.
    pub(super) async fn records(
        &self,
        name: &str,
        record_type: WireType,
    ) -> Result<Vec<Record>, LookupProblem> {
        // A name of the user's is never one of a search domain's.
        let name = wire_name(name, true);
        let mut name = name.map_err(|_| LookupProblem::Failed("the name is too long".to_owned()))?;
        for _ in 0..=MAX_ALIASES {
            let query = Query::query(name.clone(), record_type);
            let response = self.handle.lookup(query, self.options).first_answer().await;
            let response = response.map_err(|error| LookupProblem::of(&error))?;
            let code = response.response_code;
            if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
                return Err(LookupProblem::Code(meaning(code)));
            }
            let mut answers = response.into_message().answers;
            let mut target = name.clone();
            for answer in &answers {
                if let RData::CNAME(alias) = &answer.data
                    && answer.name == target
                {
                    target = alias.0.clone();
                }
            }
            answers.retain(|answer| answer.record_type() == record_type);
            if !answers.is_empty() {
                return Ok(answers);
            }
            if target == name {
                return Err(LookupProblem::NoRecords);
            }
            name = target;
        }
        Err(LookupProblem::Failed("too many aliases".to_owned()))
    }
}

impl Resolver {
    /// The records of a name as text, as `server` or the system's name servers give them; at least one.
    pub(crate) async fn query(
        &self,
        name: &str,
        record_type: RecordType,
        server: Option<SocketAddr>,
    ) -> Result<Vec<String>, ProbeError> {
        let found = async {
            let named;
            let servers = match server {
                None => &self.system,
                Some(server) => {
                    named = NameServers::at(server).map_err(|error| LookupProblem::from(&error))?;
                    &named
                }
            };
            servers.records(name, wire_type(record_type)).await
        };
        let records = found.await.map_err(|problem| {
            let what = format!("{} records", record_type.as_str());
            match server {
                None => problem.into_system_error(name, &what),
                Some(_) => problem.into_error(name, &what),
            }
        })?;
        if server.is_none() {
            self.health.remember(|| name.to_owned());
        }
        Ok(records.iter().map(|record| record.data.to_string()).collect())
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
