//! Why a check failed: a closed list, each entry with a sentence for a human.

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

            /// What happened, in words.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                    Self::Other => "The check failed.",
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
    DnsFailure "dns_failure" "The host name could not be resolved.";
    DnsTimeout "dns_timeout" "The name server did not answer in time.";
    DnsMismatch "dns_mismatch" "The DNS answer is not the expected one.";
    ConnectRefused "connect_refused" "The host refused the connection.";
    ConnectTimeout "connect_timeout" "No connection could be made in time.";
    ConnectFailed "connect_failed" "No connection could be made.";
    HostUnreachable "host_unreachable" "There is no route to the host.";
    TlsInvalid "tls_invalid" "The TLS certificate is not valid for this host.";
    TlsExpired "tls_expired" "The TLS certificate has expired.";
    TlsExpiring "tls_expiring" "The TLS certificate expires soon.";
    TlsFailed "tls_failed" "The TLS handshake failed.";
    TlsTimeout "tls_timeout" "The TLS handshake did not finish in time.";
    ConnectionClosed "connection_closed" "The host closed the connection before it had answered.";
    ProtocolError "protocol_error" "The answer does not follow the protocol.";
    ReadTimeout "read_timeout" "The answer did not arrive in time.";
    DeadlineExceeded "deadline_exceeded" "The check did not finish in time.";
    StatusMismatch "status_mismatch" "The status code is not one of those expected.";
    HeaderMismatch "header_mismatch" "A response header is not the expected one.";
    BodyMismatch "body_mismatch" "The body does not contain what is expected.";
    TooLarge "too_large" "The answer is larger than allowed.";
    TooManyRedirects "too_many_redirects" "There are more redirects than allowed.";
    InvalidRedirect "invalid_redirect" "The redirect leads nowhere that can be checked.";
    BlockedTarget "blocked_target" "The address may not be checked from here.";
    IcmpTimeout "icmp_timeout" "The host did not answer the ping.";
    IcmpLoss "icmp_loss" "Too many pings were lost.";
    UpsideDown "upside_down" "The target answers although it should not.";
    HeartbeatOverdue "heartbeat_overdue" "The expected heartbeat did not arrive in time.";
    HeartbeatFailed "heartbeat_failed" "The job reported a failure.";
    Internal "internal" "The check could not be carried out because of a fault on our side.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_and_in_code_agree() {
        for &code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(code.as_str().parse::<ErrorCode>().unwrap(), code);
            assert!(code.sentence().ends_with('.'));
        }
        assert_eq!(
            serde_json::from_str::<ErrorCode>("\"from_the_future\"").unwrap(),
            ErrorCode::Other
        );
    }
}
