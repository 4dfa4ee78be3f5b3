//! What probes need to reach targets.

use std::sync::atomic::AtomicUsize;

use http::HeaderValue;
use shared::guard::TargetGuard;

use super::handshake::TlsConfigs;
use super::ping::PingSockets;
use crate::target::Resolver;
use crate::zone::Zone;

/// What probes need to reach targets; all checks share it.
#[derive(Debug)]
pub(crate) struct Network {
    pub(super) resolver: Resolver,
    pub(super) guard: TargetGuard,
    pub(super) tls: TlsConfigs,
    pub(super) pings: PingSockets,
    /// Memory taken by the bodies that are being inspected, in bytes.
    pub(super) body_bytes: AtomicUsize,
    pub(super) user_agent: HeaderValue,
}

impl Network {
    pub(crate) fn new(resolver: Resolver, guard: TargetGuard, user_agent: HeaderValue) -> Self {
        Self {
            resolver,
            guard,
            tls: TlsConfigs::new(),
            pings: PingSockets::default(),
            body_bytes: AtomicUsize::new(0),
            user_agent,
        }
    }

    /// Whether the system's name servers answer for names of other zones than this, which got no answer.
    pub(crate) async fn resolves_others(&self, failed: Zone) -> bool {
        self.resolver.answers_others(failed).await
    }
}
