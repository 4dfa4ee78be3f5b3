//! What certificates say, and what is wrong with one that is rejected, in plain words.

use std::net::IpAddr;

use domain::{ErrorCode, Timestamp};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name, X509Version};
use x509_parser::public_key::PublicKey;

use crate::probe::text::quoted;

/// Names of a certificate that a message repeats, at most.
const MAX_NAMES: usize = 3;

/// Bits of an RSA key that are too few to be verified.
const WEAK_RSA_BITS: usize = 2_048;

/// Why a certificate is rejected. It travels through rustls as an error.
#[derive(Clone, Debug)]
pub(super) struct Rejection {
    pub(super) code: ErrorCode,
    pub(super) message: String,
    /// When the server's own certificate expires.
    pub(super) expires_at: Option<Timestamp>,
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejection {}

/// When a certificate expires.
pub(super) fn expiry(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    parse(certificate).map(|certificate| not_after(&certificate))
}

impl Rejection {
    /// Of a certificate that does not lead to a trusted one, or is for another host.
    pub(super) fn of_chain(
        error: &rustls::Error,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Self {
        let leaf = parse(leaf);
        let others: Vec<_> = intermediates.iter().filter_map(parse).collect();
        let error = match error {
            rustls::Error::InvalidCertificate(error) => error,
            _ => &CertificateError::BadEncoding,
        };
        let now = Timestamp::from_millis(
            i64::try_from(now.as_secs())
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000),
        );
        let (code, message) = match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                (ErrorCode::TlsExpired, expired(leaf.as_ref(), &others, now))
            }
            _ => {
                let why = why_invalid(error, leaf.as_ref(), &others, name);
                (ErrorCode::TlsInvalid, format!("Invalid TLS certificate: {why}"))
            }
        };
        Self {
            code,
            message,
            expires_at: leaf.as_ref().map(not_after),
        }
    }

    /// Of a certificate by whose key the handshake is not signed as it should be.
    pub(super) fn of_key(error: &rustls::Error, leaf: &CertificateDer<'_>) -> Self {
        let leaf = parse(leaf);
        let bits = leaf.as_ref().and_then(|leaf| match leaf.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => Some(key.key_size()),
            _ => None,
        });
        let why = match (bits, error) {
            (Some(bits), _) if bits < WEAK_RSA_BITS => format!("its RSA key has only {bits} bits"),
            (_, rustls::Error::InvalidCertificate(CertificateError::BadSignature)) => {
                "the server does not have its key".to_owned()
            }
            _ => "its key is of a kind that is not supported".to_owned(),
        };
        Self {
            code: ErrorCode::TlsInvalid,
            message: format!("Invalid TLS certificate: {why}"),
            expires_at: leaf.as_ref().map(not_after),
        }
    }
}

fn why_invalid(
    error: &CertificateError,
    leaf: Option<&X509Certificate<'_>>,
    others: &[X509Certificate<'_>],
    name: &ServerName<'_>,
) -> String {
    let Some(leaf) = leaf else {
        return "it cannot be read".to_owned();
    };
    let why = match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            return wrong_name(leaf, name);
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let all = std::iter::once(leaf).chain(others);
            let latest = all.map(|one| one.validity().not_before.timestamp()).max();
            return format!("it is not valid before {}", date(latest.unwrap_or_default()));
        }
        _ if is_self_issued(leaf) => "self-signed certificate",
        _ if leaf.version() == X509Version::V1 => "it is of the outdated X.509 version 1",
        CertificateError::UnknownIssuer => {
            return match others.iter().find(|other| is_self_issued(other)) {
                Some(root) => format!(
                    "self-signed certificate {} at the end of its chain is not trusted",
                    common_name(root.subject())
                ),
                None => format!(
                    "its issuer {} is not trusted, or an intermediate certificate is missing",
                    common_name(others.last().unwrap_or(leaf).issuer())
                ),
            };
        }
        CertificateError::BadEncoding => "it cannot be read",
        CertificateError::Revoked => "it is revoked",
        CertificateError::BadSignature => "its signature is wrong",
        CertificateError::UnhandledCriticalExtension => "it has a critical extension that is not supported",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not for servers"
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed with an algorithm that is not supported"
        }
        _ if leaf.is_ca() => "the certificate of a certificate authority is used for a server",
        _ => "it or one of its issuers breaks a rule for certificates",
    };
    why.to_owned()
}

/// Which certificate has expired. The server's own is not necessarily the one.
fn expired(leaf: Option<&X509Certificate<'_>>, others: &[X509Certificate<'_>], now: Timestamp) -> String {
    let is_over = |certificate: &&X509Certificate<'_>| not_after(certificate) < now;
    let when = |certificate: &X509Certificate<'_>| date(certificate.validity().not_after.timestamp());
    if let Some(leaf) = leaf.filter(is_over) {
        return format!("TLS certificate expired on {}", when(leaf));
    }
    match others.iter().find(is_over) {
        Some(other) => format!(
            "Intermediate TLS certificate {} expired on {}",
            common_name(other.subject()),
            when(other)
        ),
        None => "TLS certificate expired".to_owned(),
    }
}

fn wrong_name(leaf: &X509Certificate<'_>, name: &ServerName<'_>) -> String {
    let alternative = leaf.subject_alternative_name().ok().flatten();
    let names: Vec<String> = alternative
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(shown)
        .collect();
    let asked = name.to_str();
    match names.len() {
        0 => format!("it names no host, and so not {asked}"),
        1..=MAX_NAMES => format!("it is for {}, not for {asked}", names.join(", ")),
        more => {
            let others = more - MAX_NAMES;
            format!(
                "it is for {} and {others} others, not for {asked}",
                names[..MAX_NAMES].join(", ")
            )
        }
    }
}

fn shown(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(quoted(name).escape_debug().to_string()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|ip| IpAddr::from(ip).to_string()),
            _ => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|ip| IpAddr::from(ip).to_string()),
        },
        _ => None,
    }
}

fn common_name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next();
    let text = common
        .or_else(|| name.iter_organization().next())
        .and_then(|name| name.as_str().ok());
    format!("{:?}", quoted(text.unwrap_or("without a name")))
}

fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(certificate)
        .ok()
        .map(|(_, certificate)| certificate)
}

fn not_after(certificate: &X509Certificate<'_>) -> Timestamp {
    let seconds = certificate.validity().not_after.timestamp();
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

/// The day of an instant in UTC.
fn date(seconds: i64) -> String {
    let at = Timestamp::from_millis(seconds.saturating_mul(1_000)).to_string();
    at.split('T').next().unwrap_or_default().to_owned()
}
