//! What probes need to reach targets.

use std::sync::atomic::AtomicUsize;

use http::HeaderValue;
use shared::guard::TargetGuard;

use super::handshake::TlsConfigs;
use super::ping::PingSockets;
use crate::target::Resolver;

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
}
