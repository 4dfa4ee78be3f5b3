//! Why a handshake failed, in plain words.

use std::io;

use domain::ErrorCode;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::certificate::Rejection;
use crate::error::{ProbeError, io_reason};
use crate::probe::trace::Trace;

/// The failure of a handshake. When the certificate expires is noted also when it is rejected.
pub(super) fn failure(error: &io::Error, trace: &mut Trace) -> ProbeError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    if let Some(Error::InvalidCertificate(CertificateError::Other(other))) = tls
        && let Some(rejection) = other.0.downcast_ref::<Rejection>()
    {
        trace.note_certificate(rejection.expires_at);
        trace.is_rejected = true;
        return ProbeError::target(rejection.code, rejection.message.clone());
    }
    match tls {
        Some(Error::FailedToGetRandomBytes | Error::FailedToGetCurrentTime) => {
            ProbeError::Local("TLS handshake: this machine has no randomness or no time".to_owned())
        }
        Some(error) => failed(reason(error)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => failed("the server closed the connection"),
        None => failed(&format!("connection lost ({})", io_reason(error))),
    }
}

fn failed(why: &str) -> ProbeError {
    ProbeError::target(ErrorCode::TlsFailed, format!("TLS handshake failed: {why}"))
}

fn reason(error: &Error) -> &'static str {
    match error {
        Error::AlertReceived(alert) => alert_reason(*alert),
        Error::PeerIncompatible(why) => incompatible(why),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        )
        | Error::PeerSentOversizedRecord => "the server does not speak TLS on this port",
        Error::InvalidMessage(_) => "the server sent an invalid message",
        Error::NoCertificatesPresented => "the server sent no certificate",
        Error::DecryptError => "a message of the server could not be decrypted",
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_) => "the server violates the TLS protocol",
        Error::InvalidCertificate(_) => "the certificate is not valid",
        Error::NoApplicationProtocol => "no application protocol in common",
        _ => "an unexpected fault",
    }
}

fn incompatible(why: &PeerIncompatible) -> &'static str {
    match why {
        PeerIncompatible::NoCipherSuitesInCommon => "no cipher in common",
        PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NoEcPointFormatsInCommon
        | PeerIncompatible::NamedGroupsExtensionRequired => "no curve in common",
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
            "no signature algorithm in common"
        }
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => "the server supports neither TLS 1.2 nor TLS 1.3",
        _ => "the server lacks a feature of TLS that is needed",
    }
}

/// What a server means by an alert (RFC 8446, 6.2).
fn alert_reason(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::HandshakeFailure => "no cipher or curve in common with the server",
        AlertDescription::InsufficientSecurity => "the server requires stronger ciphers",
        AlertDescription::ProtocolVersion => "no TLS version in common with the server",
        AlertDescription::UnrecognisedName => "the server does not know this host name",
        AlertDescription::NoApplicationProtocol => "no application protocol in common with the server",
        AlertDescription::CertificateRequired
        | AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown => "the server requires a client certificate",
        AlertDescription::AccessDenied => "the server denies access",
        AlertDescription::InternalError => "the server reports an internal error",
        AlertDescription::CloseNotify | AlertDescription::UserCanceled => "the server closed the connection",
        _ => "the server refused the handshake",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{
        ContentType, EncryptedClientHelloError, HandshakeType, InconsistentKeys, OtherError, PeerMisbehaved,
    };

    use super::*;
    use testkit::assert_plain;

    fn told(error: Error) -> String {
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        match failure(&error, &mut Trace::new(1_000)) {
            ProbeError::Target(failure) | ProbeError::Unresolved(failure, _) => failure.message,
            ProbeError::Local(why) | ProbeError::NotPermitted(why) => why,
        }
    }

    #[test]
    fn every_error_of_the_library_is_told_in_plain_words() {
        let library = Arc::new(io::Error::other("CaUsedAsEndEntity"));
        for error in [
            Error::InappropriateMessage {
                expect_types: vec![ContentType::Alert],
                got_type: ContentType::Handshake,
            },
            Error::InappropriateHandshakeMessage {
                expect_types: vec![HandshakeType::Finished],
                got_type: HandshakeType::ClientHello,
            },
            Error::InvalidEncryptedClientHello(EncryptedClientHelloError::NoCompatibleConfig),
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::InvalidMessage(InvalidMessage::MissingData("Random")),
            Error::NoCertificatesPresented,
            Error::UnsupportedNameType,
            Error::DecryptError,
            Error::EncryptError,
            Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCipherSuite),
            Error::InvalidCertificate(CertificateError::Other(OtherError(library.clone()))),
            Error::InvalidCertificate(CertificateError::UnknownIssuer),
            Error::General("Some(X)".to_owned()),
            Error::FailedToGetCurrentTime,
            Error::FailedToGetRandomBytes,
            Error::HandshakeNotComplete,
            Error::PeerSentOversizedRecord,
            Error::NoApplicationProtocol,
            Error::BadMaxFragmentSize,
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch),
            Error::Other(OtherError(library)),
        ] {
            assert_plain(&told(error));
        }
        for alert in 0..=u8::MAX {
            assert_plain(&told(Error::AlertReceived(alert.into())));
        }
        for (why, part) in [
            (PeerIncompatible::NoCipherSuitesInCommon, "no cipher in common"),
            (PeerIncompatible::NoKxGroupsInCommon, "no curve in common"),
            (
                PeerIncompatible::ServerDoesNotSupportTls12Or13,
                "neither TLS 1.2 nor TLS 1.3",
            ),
            (
                PeerIncompatible::ExtendedMasterSecretExtensionRequired,
                "lacks a feature",
            ),
        ] {
            let message = told(Error::PeerIncompatible(why));
            assert_plain(&message);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_connection_that_is_lost_is_told_in_plain_words() {
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
        let reset: io::Error = rustix::io::Errno::CONNRESET.into();
        for (error, part) in [
            (eof, "closed the connection"),
            (reset, "(connection reset by peer)"),
        ] {
            let ProbeError::Target(failure) = failure(&error, &mut Trace::new(1_000)) else {
                panic!("{error}")
            };
            assert_plain(&failure.message);
            assert!(failure.message.contains(part), "{failure:?}");
        }
    }
}
