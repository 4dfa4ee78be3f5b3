//! A definition made ready: parsed once, and small, because there are many.

use domain::monitor::{Definition, HttpMethod, Probe, StatusRanges};
use domain::{Grid, MonitorId, OrgId, Rule};
use url::Url;

use crate::probe::Address;

/// A monitor, ready to be checked.
#[derive(Debug)]
pub(crate) struct Monitor {
    pub(crate) id: MonitorId,
    pub(crate) org_id: OrgId,
    pub(crate) revision: u32,
    pub(crate) interval_ms: u32,
    pub(crate) timeout_ms: u32,
    pub(crate) retry_delay_ms: u32,
    pub(crate) rule: Rule,
    pub(crate) retries: u16,
    pub(crate) paused: bool,
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
}

/// An HTTP request and what answer is expected.
#[derive(Debug)]
pub(crate) struct HttpTarget {
    pub(crate) address: Address,
    pub(crate) method: HttpMethod,
    pub(crate) expected: StatusRanges,
}

/// A definition that this version cannot carry out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    /// The address is none.
    #[error("the URL cannot be checked")]
    Url,
    /// The kind of check is not known here.
    #[error("this kind of check is not known here")]
    Kind,
}

impl Monitor {
    /// Makes a definition ready.
    ///
    /// # Errors
    /// When it cannot be carried out, which validation rules out.
    pub(crate) fn compile(definition: Definition) -> Result<Self, CompileError> {
        let url = definition.spec.probe.display_url().into_boxed_str();
        let spec = definition.spec;
        let (host, target) = match spec.probe {
            Probe::Http(probe) => {
                let parsed: Url = probe.url.parse().map_err(|_| CompileError::Url)?;
                let address = Address::of(&parsed).ok_or(CompileError::Url)?;
                let mut expected = probe.expected_status;
                expected.0.shrink_to_fit();
                let host = host_key(parsed.host_str().unwrap_or_default());
                (
                    host,
                    Target::Http(HttpTarget {
                        address,
                        method: probe.method,
                        expected,
                    }),
                )
            }
            _ => return Err(CompileError::Kind),
        };
        Ok(Self {
            id: definition.id,
            org_id: definition.org_id,
            revision: definition.revision,
            interval_ms: spec.interval_ms,
            timeout_ms: spec.timeout_ms,
            retry_delay_ms: spec.retry_delay_ms,
            rule: spec.rule,
            retries: spec.retries,
            paused: spec.paused,
            host,
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
        }
    }
}

/// FNV-1a; two hosts that share a key share a limit, which does no harm.
fn host_key(host: &str) -> u32 {
    host.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
