//! What certificates are accepted, and what is said of the others.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::certificate::Rejection;
use super::*;
use testkit::assert_plain;

#[test]
fn a_certificate_that_expires_soon_is_a_failure() {
    let in_days = |days: i64| Some(shared::now().plus_millis(days * DAY_MS + DAY_MS / 2));
    let code = |expires_at, days| match not_expiring(expires_at, days) {
        Ok(()) => None,
        Err(ProbeError::Target(failure)) => Some(failure.code),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(code(in_days(14), 14), None);
    assert_eq!(code(in_days(13), 14), Some(ErrorCode::TlsExpiring));
    assert_eq!(code(in_days(-2), 0), Some(ErrorCode::TlsExpired));
    assert_eq!(code(None, 14), None);
}

/// A certificate of the test's own, that signs others.
struct Authority {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, KeyPair>,
}

fn params(name: &str, days: std::ops::Range<i64>) -> CertificateParams {
    let now = std::time::SystemTime::now();
    let at = |days: i64| {
        let seconds = Duration::from_secs(days.unsigned_abs() * 86_400);
        if days < 0 { now - seconds } else { now + seconds }
    };
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = at(days.start).into();
    params.not_after = at(days.end).into();
    params
}

fn authority(name: &str, days: std::ops::Range<i64>, by: Option<&Authority>) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = params(name, days);
    params.subject_alt_names = Vec::new();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = match by {
        Some(by) => params.signed_by(&key, &by.issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Authority {
        certificate,
        issuer: rcgen::Issuer::new(params, key),
    }
}

fn leaf(name: &str, days: std::ops::Range<i64>, by: &Authority) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    params(name, days)
        .signed_by(&key, &by.issuer)
        .unwrap()
        .der()
        .clone()
}

/// What is said of a chain where only `root` is trusted, and when the server's own certificate expires.
fn verdict(
    root: &Authority,
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Result<(), (ErrorCode, String, Option<Timestamp>)> {
    let mut roots = RootCertStore::empty();
    roots.add(root.certificate.der().clone()).unwrap();
    let name = ServerName::try_from("a.example").unwrap();
    let verified =
        Verifying::new(Arc::new(roots)).verify_server_cert(leaf, intermediates, &name, &[], UnixTime::now());
    let Err(error) = verified else { return Ok(()) };
    let mut trace = Trace::new(1_000);
    let error = std::io::Error::new(std::io::ErrorKind::InvalidData, error);
    match reason::failure(&error, &mut trace) {
        ProbeError::Target(failure) => Err((failure.code, failure.message, trace.tls_expires_at)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_in_plain_words() {
    let root = authority("Root", -100..100, None);
    let between = authority("Between", -50..50, Some(&root));
    let over = authority("Expired \"Between\"", -50..-2, Some(&root));
    let stranger = authority("Stranger", -100..100, None);
    let good = leaf("a.example", -1..30, &between);
    let chain = |authority: &Authority| authority.certificate.der().clone();
    assert_eq!(verdict(&root, &good, &[chain(&between)]), Ok(()));

    let of_over = leaf("a.example", -1..30, &over);
    let own_key = KeyPair::generate().unwrap();
    let own = params("a.example", -1..30)
        .self_signed(&own_key)
        .unwrap()
        .der()
        .clone();
    let invalid = ErrorCode::TlsInvalid;
    for (leaf, intermediates, code, part) in [
        (
            &own,
            vec![],
            invalid,
            "Invalid TLS certificate: self-signed certificate",
        ),
        (
            stranger.certificate.der(),
            vec![],
            invalid,
            "Invalid TLS certificate: self-signed certificate",
        ),
        (
            &good,
            vec![],
            invalid,
            "its issuer \"Between\" is not trusted, or an intermediate",
        ),
        (
            &leaf("a.example", -1..30, &stranger),
            vec![chain(&stranger)],
            invalid,
            "self-signed certificate \"Stranger\" at the end of its chain is not trusted",
        ),
        (
            &leaf("b.example", -1..30, &between),
            vec![chain(&between)],
            invalid,
            "it is for b.example, not for a.example",
        ),
        (
            &leaf("a.example", 2..30, &between),
            vec![chain(&between)],
            invalid,
            "it is not valid before 20",
        ),
        (
            &leaf("a.example", -9..-2, &between),
            vec![chain(&between)],
            ErrorCode::TlsExpired,
            "TLS certificate expired on 20",
        ),
        (
            &of_over,
            vec![chain(&over)],
            ErrorCode::TlsExpired,
            "Intermediate TLS certificate \"Expired \\\"Between\\\"\" expired on 20",
        ),
        (
            &CertificateDer::from(vec![0x30, 3, 2, 1, 1]),
            vec![],
            invalid,
            "it cannot be read",
        ),
    ] {
        let (found, message, _) = verdict(&root, leaf, &intermediates).unwrap_err();
        assert_eq!(found, code, "{message}");
        assert!(message.contains(part), "{message}");
        assert_plain(&message);
    }
    let (.., expires_at) = verdict(&root, &of_over, &[chain(&over)]).unwrap_err();
    let days = expires_at.unwrap().millis_since(shared::now()) / DAY_MS;
    assert!(
        (29..=30).contains(&days),
        "the server's own certificate is good for {days} days"
    );
}

/// A certificate of X.509 version 1 with an RSA key of 1024 bits.
const OLD: &[u8] = include_bytes!("../../../fixtures/x509-v1-rsa1024.der");

#[test]
fn an_old_certificate_is_told_what_it_lacks_and_is_accepted_where_nothing_is_verified() {
    let old = CertificateDer::from(OLD);
    let root = authority("Root", -100..100, None);
    let (code, message, expires_at) = verdict(&root, &old, &[]).unwrap_err();
    assert_eq!(code, ErrorCode::TlsInvalid);
    assert!(message.contains("X.509 version 1"), "{message}");
    assert!(expires_at.is_some());
    let weak = Rejection::of_key(&rustls::Error::DecryptError, &old);
    assert_eq!(
        weak.message,
        "Invalid TLS certificate: its RSA key has only 1024 bits"
    );

    let name = ServerName::try_from("a.example").unwrap();
    assert!(
        Accepting
            .verify_server_cert(&old, &[], &name, &[], UnixTime::now())
            .is_ok()
    );
}
