//! Why a check failed: a closed list, each entry with a short message for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! error_codes {
    // A name is a `tt`: as a `literal` the schema does not see that it renames the variant.
    ($($variant:ident $name:tt $sentence:literal;)+) => {
        /// Why a check failed. Written in snake_case; a name from a newer producer reads as `Other`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum ErrorCode {
            $(
                #[doc = $sentence]
                #[serde(rename = $name)]
                $variant,
            )+
            /// A reason that this version does not know.
            #[serde(rename = "other", other)]
            Other,
        }

        impl ErrorCode {
            /// Every code of the closed list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+ Self::Other];

            /// The name on the wire and in the database.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other => "other",
                }
            }

            /// Whether it says that nothing was heard in time: what was heard all the same takes it back.
            pub fn is_silence(self) -> bool {
                matches!(
                    self,
                    Self::HeartbeatOverdue | Self::HeartbeatTooLong | Self::HeartbeatNotStarted
                )
            }

            /// Whether a ping of a heartbeat said it, or came to it.
            pub fn is_of_ping(self) -> bool {
                matches!(
                    self,
                    Self::HeartbeatFailed
                        | Self::HeartbeatTooShort
                        | Self::HeartbeatTooOften
                        | Self::HeartbeatUnexpected
                )
            }

            /// A short message for people, without a full stop.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                    Self::Other => "Check failed",
                }
            }
        }

        impl std::str::FromStr for ErrorCode {
            type Err = std::convert::Infallible;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Ok(match name {
                    $($name => Self::$variant,)+
                    _ => Self::Other,
                })
            }
        }
    };
}

error_codes! {
    DnsFailure "dns_failure" "DNS lookup failed";
    DnsTimeout "dns_timeout" "DNS lookup timed out";
    DnsMismatch "dns_mismatch" "Unexpected DNS records";
    ConnectRefused "connect_refused" "Connection refused";
    ConnectTimeout "connect_timeout" "Connection timed out";
    ConnectFailed "connect_failed" "Connection failed";
    HostUnreachable "host_unreachable" "Host unreachable";
    TlsInvalid "tls_invalid" "Invalid TLS certificate";
    TlsExpired "tls_expired" "TLS certificate expired";
    TlsExpiring "tls_expiring" "TLS certificate expires soon";
    TlsFailed "tls_failed" "TLS handshake failed";
    TlsTimeout "tls_timeout" "TLS handshake timed out";
    ConnectionClosed "connection_closed" "Connection closed before a response";
    ProtocolError "protocol_error" "Invalid response";
    ReadTimeout "read_timeout" "Response timed out";
    DeadlineExceeded "deadline_exceeded" "Check timed out";
    StatusMismatch "status_mismatch" "Unexpected status code";
    HeaderMismatch "header_mismatch" "Unexpected response header";
    BodyMismatch "body_mismatch" "Unexpected response body";
    TooLarge "too_large" "Response too large";
    TooManyRedirects "too_many_redirects" "Too many redirects";
    InvalidRedirect "invalid_redirect" "Invalid redirect";
    BlockedTarget "blocked_target" "Address not allowed";
    IcmpTimeout "icmp_timeout" "Ping timed out";
    IcmpLoss "icmp_loss" "Packet loss too high";
    UpsideDown "upside_down" "Check succeeded, result inverted";
    HeartbeatOverdue "heartbeat_overdue" "Heartbeat overdue";
    HeartbeatFailed "heartbeat_failed" "Job reported a failure";
    HeartbeatTooLong "heartbeat_too_long" "Job takes too long";
    HeartbeatTooShort "heartbeat_too_short" "Job ended too soon";
    HeartbeatTooOften "heartbeat_too_often" "Job runs too often";
    HeartbeatNotStarted "heartbeat_not_started" "Job has not started";
    HeartbeatUnexpected "heartbeat_unexpected" "Job has run, result inverted";
    Internal "internal" "Internal error";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_and_in_code_agree() {
        for &code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(code.as_str().parse::<ErrorCode>().unwrap(), code);
            assert!(!code.sentence().is_empty() && !code.sentence().ends_with('.'));
        }
        assert_eq!(
            serde_json::from_str::<ErrorCode>("\"from_the_future\"").unwrap(),
            ErrorCode::Other
        );
    }
}
