//! Hostile targets that are more than an answer by HTTP.

use domain::ErrorCode::*;
use serde_json::json;

use super::cases::Verdict::{Down, Up};
use super::cases::{AT_ONCE, Case, NEVER, SLOWLY, Verdict, again, http, ok};
use super::server::{Script, Then, start, start_tls};
use super::{bombs, names};

/// A check by HTTPS of a server that speaks no TLS, or badly.
async fn tls(name: &'static str, script: Script, verdict: Verdict) -> Case {
    Case {
        name,
        input: json!({"url": format!("https://{}/", start(script).await)}),
        verdict,
    }
}

async fn tcp(name: &'static str, then: Then, verdict: Verdict) -> Case {
    let url = format!("tcp://{}", start(Script::unasked(b"", then)).await);
    Case {
        name,
        input: json!({"kind": "tcp", "url": url, "tcp": {"expect": NEVER}}),
        verdict,
    }
}

fn dns(name: &'static str, resolver: &str, verdict: Verdict) -> Case {
    Case {
        name,
        input: json!({"kind": "dns", "url": "dns://a.example", "dns": {"resolver": resolver}}),
        verdict,
    }
}

pub async fn redirects() -> Vec<Case> {
    let to = |location: &str, more: &str| {
        let head = format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n{more}\r\n"
        );
        Script::answer(head, Then::Close)
    };
    let cookies: String = (0..200)
        .map(|n| format!("Set-Cookie: c{n}={}\r\n", "x".repeat(250)))
        .collect();
    let grown = format!("/{}", "a".repeat(60_000));
    vec![
        http(
            "a redirect to itself",
            false,
            to("/", ""),
            Down(&[TooManyRedirects]),
        )
        .await,
        http(
            "a redirect with cookies",
            false,
            to("/", &cookies),
            Down(&[TooManyRedirects]),
        )
        .await,
        http(
            "a redirect to a long address",
            false,
            to(&grown, ""),
            Down(&[TooManyRedirects, InvalidRedirect]),
        )
        .await,
        http(
            "a redirect to the metadata of a cloud",
            false,
            to("http://169.254.169.254/latest", ""),
            Down(&[BlockedTarget]),
        )
        .await,
        http(
            "a redirect to no address",
            false,
            to("http://[", ""),
            Down(&[InvalidRedirect]),
        )
        .await,
        http(
            "a redirect to a file",
            false,
            to("file:///etc/passwd", ""),
            Down(&[InvalidRedirect]),
        )
        .await,
    ]
}

pub async fn secured() -> Vec<Case> {
    let alert = b"\x15\x03\x03\x00\x02\x01\x5a".repeat(100);
    let change = b"\x14\x03\x03\x00\x01\x01".repeat(100);
    let record = [&b"\x16\x03\x03\x40\x00"[..], &[0; 16_384]].concat();
    let (large, key) = bombs::certificate(1_500);
    let (small, small_key) = bombs::certificate(1);
    let answer = Script::answer(ok("Content-Length: 0\r\n"), Then::Close);
    let url = |address: String| json!({"url": format!("https://{address}/"), "http": {"verify_tls": false}});
    vec![
        tls(
            "TLS that is silent",
            Script::unasked(b"", Then::Silence),
            Down(&[TlsTimeout]),
        )
        .await,
        tls(
            "TLS that drips",
            Script::unasked(b"\x16\x03\x03\x40\x00\x02", again(b"\x00", SLOWLY)),
            Down(&[TlsTimeout]),
        )
        .await,
        tls(
            "warnings without end",
            Script::unasked(b"", again(alert, AT_ONCE)),
            Down(&[TlsFailed]),
        )
        .await,
        tls(
            "changes of ciphers without end",
            Script::unasked(b"", again(change, AT_ONCE)),
            Down(&[TlsFailed]),
        )
        .await,
        tls(
            "records without sense",
            Script::unasked(b"", again(record, AT_ONCE)),
            Down(&[TlsFailed]),
        )
        .await,
        Case {
            name: "huge certificates",
            input: url(start_tls(answer.clone(), vec![large; 4], key).await),
            verdict: Down(&[TlsFailed]),
        },
        Case {
            name: "a long chain of certificates",
            input: url(start_tls(answer, vec![small; 120], small_key).await),
            verdict: Up,
        },
    ]
}

pub async fn others() -> Vec<Case> {
    vec![
        tcp(
            "TCP without end",
            again(vec![b'x'; 16_384], AT_ONCE),
            Down(&[BodyMismatch]),
        )
        .await,
        tcp("TCP that drips", again("x", SLOWLY), Down(&[ReadTimeout])).await,
        tcp("TCP that is silent", Then::Silence, Down(&[ReadTimeout])).await,
        dns(
            "a name that points to itself",
            &names::pointers().await,
            Down(&[DnsFailure, DnsTimeout]),
        ),
        dns(
            "aliases of each other",
            &names::aliases().await,
            Down(&[DnsFailure, DnsMismatch]),
        ),
        dns(
            "records that do not come",
            &names::promises().await,
            Down(&[DnsFailure, DnsTimeout]),
        ),
        dns(
            "thousands of records",
            &names::thousands().await,
            Down(&[DnsFailure]),
        ),
        dns("noise", &names::noise().await, Down(&[DnsFailure, DnsTimeout])),
        dns(
            "the rest by TCP that is silent",
            &names::truncated(Then::Silence).await,
            Down(&[DnsTimeout, DnsFailure]),
        ),
        dns(
            "the rest by TCP without end",
            &names::truncated(again(vec![0xff; 16_384], AT_ONCE)).await,
            Down(&[DnsTimeout, DnsFailure]),
        ),
    ]
}
