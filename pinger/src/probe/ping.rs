//! The sockets for pings. An unprivileged socket is tried first, then a raw one.

use std::io;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use surge_ping::{Client, Config, ICMP, PingSequence};

use crate::error::{ProbeError, io_reason};

/// The sockets, each opened when it is first needed.
#[derive(Default)]
pub(super) struct PingSockets {
    v4: OnceLock<Client>,
    v6: OnceLock<Client>,
    // It tells replies apart, also those of concurrent checks of one host.
    sequence: AtomicU16,
}

impl std::fmt::Debug for PingSockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PingSockets").finish_non_exhaustive()
    }
}

impl PingSockets {
    pub(super) fn client(&self, address: IpAddr) -> Result<&Client, ProbeError> {
        let (cell, kind) = match address {
            IpAddr::V4(_) => (&self.v4, ICMP::V4),
            IpAddr::V6(_) => (&self.v6, ICMP::V6),
        };
        opened(cell, || Client::new(&Config::builder().kind(kind).build()))
    }

    /// The number of the next ping.
    pub(super) fn next_sequence(&self) -> PingSequence {
        PingSequence(self.sequence.fetch_add(1, Ordering::Relaxed))
    }
}

/// What is in the cell, or else opened now. A failure is not kept, because descriptors become free again.
fn opened<T>(cell: &OnceLock<T>, open: impl FnOnce() -> io::Result<T>) -> Result<&T, ProbeError> {
    if let Some(open) = cell.get() {
        return Ok(open);
    }
    let new = open().map_err(|error| no_socket(&error))?;
    Ok(cell.get_or_init(|| new))
}

fn no_socket(error: &io::Error) -> ProbeError {
    // Kernels and sandboxes without unprivileged pings say the second.
    let unsupported = rustix::io::Errno::PROTONOSUPPORT.raw_os_error();
    if error.kind() == io::ErrorKind::PermissionDenied || error.raw_os_error() == Some(unsupported) {
        return ProbeError::NotPermitted(
            "pings are not permitted: neither net.ipv4.ping_group_range nor CAP_NET_RAW allows them"
                .to_owned(),
        );
    }
    ProbeError::Local(format!("there is no socket for pings: {}", io_reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_could_not_be_opened_is_tried_again() {
        let cell = OnceLock::new();
        let none = opened(&cell, || Err(rustix::io::Errno::MFILE.into()));
        assert!(matches!(none, Err(ProbeError::Local(_))));
        assert_eq!(opened(&cell, || Ok(7)).unwrap(), &7);
        assert_eq!(opened(&cell, || Ok(8)).unwrap(), &7, "one is enough");
    }

    #[test]
    fn what_the_system_forbids_is_told_apart_from_what_it_lacks() {
        use rustix::io::Errno;
        for errno in [Errno::PERM, Errno::ACCESS, Errno::PROTONOSUPPORT] {
            assert!(
                matches!(no_socket(&errno.into()), ProbeError::NotPermitted(_)),
                "{errno}"
            );
        }
        // The library explains at length.
        let explained = io::Error::new(io::ErrorKind::PermissionDenied, "1. Enable …");
        assert!(matches!(no_socket(&explained), ProbeError::NotPermitted(_)));
        assert!(matches!(no_socket(&Errno::MFILE.into()), ProbeError::Local(_)));
    }
}
