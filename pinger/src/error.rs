//! Why a check failed, and why a definition cannot be checked at all.

use std::io;

use domain::ErrorCode;

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(crate) enum ProbeError {
    /// The target failed: it counts as down.
    Target(Failure),
    /// This machine could not make the check: the slot is skipped.
    Local(String),
}

/// What is wrong with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl ProbeError {
    /// The target failed.
    pub(crate) fn target(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Target(Failure {
            code,
            message: message.into(),
        })
    }

    /// An error while connecting to `whom`.
    pub(crate) fn connecting(error: &io::Error, whom: impl std::fmt::Display) -> Self {
        if is_local(error) {
            return Self::Local(format!("connecting to {whom}: {error}"));
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                Self::target(ErrorCode::ConnectRefused, format!("Connection refused by {whom}"))
            }
            io::ErrorKind::TimedOut => Self::target(
                ErrorCode::ConnectTimeout,
                format!("Connection to {whom} timed out"),
            ),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Self::target(ErrorCode::HostUnreachable, format!("No route to {whom}"))
            }
            _ => Self::target(
                ErrorCode::ConnectFailed,
                format!("Connection to {whom} failed: {error}"),
            ),
        }
    }
}

/// A definition that this version cannot check.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    /// The address is not valid.
    #[error("the URL cannot be checked")]
    Url,
    /// The name or the value of a header is not valid.
    #[error("a header is not valid")]
    Header,
}

/// Whether this machine has run out of something: file descriptors, ports, memory.
fn is_local(error: &io::Error) -> bool {
    use rustix::io::Errno;
    const LOCAL: [Errno; 5] = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOBUFS,
        Errno::NOMEM,
        Errno::ADDRNOTAVAIL,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| LOCAL.iter().any(|local| local.raw_os_error() == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_not_the_targets_fault() {
        let error_of = |errno: rustix::io::Errno| ProbeError::connecting(&errno.into(), "192.0.2.1:80");
        assert!(matches!(error_of(rustix::io::Errno::MFILE), ProbeError::Local(_)));
        let ProbeError::Target(failure) = error_of(rustix::io::Errno::CONNREFUSED) else {
            panic!("a refusal is the target's doing")
        };
        assert_eq!(failure.code, ErrorCode::ConnectRefused);
        assert_eq!(failure.message, "Connection refused by 192.0.2.1:80");
    }
}
