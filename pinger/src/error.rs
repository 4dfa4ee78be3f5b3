//! Why a check failed, and why a definition cannot be checked at all.

use std::io;

use domain::ErrorCode;

use crate::zone::Zone;

/// Why an attempt did not succeed.
#[derive(Debug)]
pub(crate) enum ProbeError {
    /// The target failed: it counts as down.
    Target(Failure),
    /// The system's name servers gave no answer about a name of this zone: the target's failure, unless they answer for
    /// no other name either.
    Unresolved(Failure, Zone),
    /// This machine could not make the check: the slot is skipped.
    Local(String),
    /// The system does not permit this machine to make the check: the slot is skipped.
    NotPermitted(String),
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
    pub(crate) fn connecting(error: &io::Error, whom: impl std::fmt::Display, is_v6: bool) -> Self {
        if is_local(error) {
            return Self::Local(format!("connecting to {whom}: {}", io_reason(error)));
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
            // Linux also reports so what a firewall on the way has prohibited by ICMPv6.
            io::ErrorKind::PermissionDenied
                if is_v6 && error.raw_os_error() == Some(rustix::io::Errno::ACCESS.raw_os_error()) =>
            {
                Self::target(
                    ErrorCode::HostUnreachable,
                    format!("Connection to {whom} is prohibited by a firewall"),
                )
            }
            // Of the system's own firewall or routes: the target does not get to see the packet.
            io::ErrorKind::PermissionDenied => {
                Self::NotPermitted(format!("connecting to {whom}: the system does not permit it"))
            }
            _ => Self::target(
                ErrorCode::ConnectFailed,
                format!("Connection to {whom} failed: {}", io_reason(error)),
            ),
        }
    }

    /// An error on a connection that is open.
    pub(crate) fn broken(error: &io::Error) -> Self {
        Self::target(
            ErrorCode::ConnectionClosed,
            format!("Connection lost: {}", io_reason(error)),
        )
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
    /// The regions are not such that they can decide together, this one among them.
    #[error("the regions that decide are not valid")]
    Quorum,
}

/// What an error of the system means, in plain words.
pub(crate) fn io_reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => {
            let text = io::Error::from_raw_os_error(code).to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (Some(first), Some(second)) if second.is_lowercase() => {
                    format!("{}{second}{}", first.to_ascii_lowercase(), letters.as_str())
                }
                _ => text.to_owned(),
            }
        }
        // The text of another error may be that of a library.
        None => error.kind().to_string(),
    }
}

/// Whether this machine has run out of something: file descriptors, ports, memory.
pub(crate) fn is_local(error: &io::Error) -> bool {
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
    use testkit::assert_plain;

    use super::*;

    fn connecting(errno: rustix::io::Errno) -> ProbeError {
        ProbeError::connecting(&errno.into(), "192.0.2.1:80", false)
    }

    #[test]
    fn what_this_machine_lacks_is_not_the_targets_fault() {
        use rustix::io::Errno;
        assert!(matches!(connecting(Errno::MFILE), ProbeError::Local(_)));
        for errno in [Errno::PERM, Errno::ACCESS] {
            assert!(matches!(connecting(errno), ProbeError::NotPermitted(_)));
        }
        // By ICMPv6 it may be a firewall on the way.
        let v6 = |errno: Errno| ProbeError::connecting(&errno.into(), "[2001:db8::1]:80", true);
        assert!(matches!(v6(Errno::PERM), ProbeError::NotPermitted(_)));
        let ProbeError::Target(failure) = v6(Errno::ACCESS) else {
            panic!("a firewall is not of this machine for certain")
        };
        assert_eq!(failure.code, ErrorCode::HostUnreachable);
        let ProbeError::Target(failure) = connecting(Errno::CONNREFUSED) else {
            panic!("a refusal is the target's doing")
        };
        assert_eq!(failure.code, ErrorCode::ConnectRefused);
        assert_eq!(failure.message, "Connection refused by 192.0.2.1:80");
    }

    #[test]
    fn every_error_of_the_system_is_told_in_plain_words() {
        for code in 1..=133 {
            let error = io::Error::from_raw_os_error(code);
            assert_plain(&io_reason(&error));
            for error in [
                ProbeError::connecting(&error, "192.0.2.1:80", false),
                ProbeError::connecting(&error, "a host", true),
                ProbeError::broken(&error),
            ] {
                match error {
                    ProbeError::Target(failure) | ProbeError::Unresolved(failure, _) => {
                        assert_plain(&failure.message);
                    }
                    ProbeError::Local(why) | ProbeError::NotPermitted(why) => assert_plain(&why),
                }
            }
        }
        let library = io::Error::new(io::ErrorKind::InvalidData, "Other(OtherError(X))");
        assert_eq!(io_reason(&library), "invalid data");
        let reset: io::Error = rustix::io::Errno::CONNRESET.into();
        assert_eq!(io_reason(&reset), "connection reset by peer");
    }
}
