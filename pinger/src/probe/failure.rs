//! Why a check failed, in words and from the closed list.

use std::io;

use domain::ErrorCode;

/// Why an attempt has no good end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The target's doing: it counts as down.
    Target(Failure),
    /// This machine could not carry the check out: the slot is skipped.
    Ours(String),
}

/// What is wrong with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Fault {
    /// The target failed.
    pub(crate) fn target(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Target(Failure {
            code,
            message: message.into(),
        })
    }

    /// An error while connecting to `whom`.
    pub(super) fn connecting(error: &io::Error, whom: impl std::fmt::Display) -> Self {
        if is_ours(error) {
            return Self::Ours(format!("connecting to {whom}: {error}"));
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::target(
                ErrorCode::ConnectRefused,
                format!("{whom} refused the connection"),
            ),
            io::ErrorKind::TimedOut => Self::target(
                ErrorCode::ConnectTimeout,
                format!("no connection to {whom} in time"),
            ),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Self::target(ErrorCode::HostUnreachable, format!("no route to {whom}"))
            }
            _ => Self::target(
                ErrorCode::ConnectFailed,
                format!("no connection to {whom}: {error}"),
            ),
        }
    }
}

/// Whether this machine has run out of something: file descriptors, ports, memory.
fn is_ours(error: &io::Error) -> bool {
    use rustix::io::Errno;
    const OURS: [Errno; 5] = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOBUFS,
        Errno::NOMEM,
        Errno::ADDRNOTAVAIL,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| OURS.iter().any(|ours| ours.raw_os_error() == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_not_the_targets_fault() {
        let fault = |errno: rustix::io::Errno| Fault::connecting(&errno.into(), "192.0.2.1:80");
        assert!(matches!(fault(rustix::io::Errno::MFILE), Fault::Ours(_)));
        let Fault::Target(failure) = fault(rustix::io::Errno::CONNREFUSED) else {
            panic!("a refusal is the target's doing")
        };
        assert_eq!(failure.code, ErrorCode::ConnectRefused);
        assert_eq!(failure.message, "192.0.2.1:80 refused the connection");
    }
}
