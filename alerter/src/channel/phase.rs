//! In which phase of a check something went wrong.

use domain::ErrorCode;

/// The phase in words, where there is one.
pub(super) fn phase_name(code: ErrorCode) -> Option<&'static str> {
    use ErrorCode as Code;
    Some(match code {
        Code::DnsFailure | Code::DnsTimeout | Code::DnsMismatch => "DNS",
        Code::ConnectRefused | Code::ConnectTimeout | Code::ConnectFailed | Code::HostUnreachable => {
            "connection"
        }
        Code::TlsInvalid | Code::TlsExpired | Code::TlsExpiring | Code::TlsFailed | Code::TlsTimeout => "TLS",
        Code::ConnectionClosed
        | Code::ProtocolError
        | Code::ReadTimeout
        | Code::StatusMismatch
        | Code::HeaderMismatch
        | Code::BodyMismatch
        | Code::TooLarge
        | Code::TooManyRedirects
        | Code::InvalidRedirect => "response",
        Code::IcmpTimeout | Code::IcmpLoss => "ping",
        Code::DeadlineExceeded
        | Code::BlockedTarget
        | Code::UpsideDown
        | Code::HeartbeatOverdue
        | Code::HeartbeatFailed
        | Code::HeartbeatTooLong
        | Code::HeartbeatTooShort
        | Code::HeartbeatTooOften
        | Code::HeartbeatNotStarted
        | Code::HeartbeatUnexpected
        | Code::Internal
        | Code::Other => return None,
    })
}
