//! Servers that do not keep to the rules, each judged by us, by curl and by Node. What differs is explained in the
//! corpus.

mod corpus;
mod judges;

use std::sync::Arc;
use std::time::Duration;

use crate::common::Asker;
use corpus::{Case, End, TEXT};
use rcgen::KeyPair;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn acceptor() -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()))
}

/// Answers one request. The connection is closed without a word of TLS.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(case: &Case, mut stream: S) -> std::io::Result<()> {
    let mut request = Vec::new();
    while memchr::memmem::find(&request, b"\r\n\r\n").is_none() {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    stream
        .write_all(&(case.answer)(&String::from_utf8_lossy(&request)))
        .await?;
    stream.flush().await?;
    if case.end == End::Close {
        return Ok(());
    }
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stream.write_all(b"x").await?;
        stream.flush().await?;
    }
}

/// Starts a server; its address.
async fn start(case: Case, acceptor: TlsAcceptor) -> (Arc<Case>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheme = if case.secure { "https" } else { "http" };
    let url = format!("{scheme}://{}/", listener.local_addr().unwrap());
    let case = Arc::new(case);
    let served = Arc::clone(&case);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (case, acceptor) = (Arc::clone(&served), acceptor.clone());
            tokio::spawn(async move {
                if !case.secure {
                    return serve(&case, stream).await;
                }
                serve(&case, acceptor.accept(stream).await?).await
            });
        }
    });
    (case, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_servers_are_judged_as_others_judge_them() {
    let asker = Asker::start(&[]).await;
    let acceptor = acceptor();
    let mut servers = Vec::new();
    for case in corpus::corpus().await {
        servers.push(start(case, acceptor.clone()).await);
    }
    let mut wrong = Vec::new();
    for (case, url) in &servers {
        let mut http = case.http.clone();
        if case.searched {
            http["contains"] = TEXT.into();
        }
        let input = json!({"url": url, "timeout_ms": 3_000, "retries": 0, "http": http});
        let answer = asker.check(input).await;
        if answer.up != case.up {
            wrong.push(format!("{}: we say {:?}", case.name, answer.error));
        }
    }
    for who in ["curl", "node"] {
        if !judges::has(who).await {
            eprintln!("{who} is not installed: what it says is left out");
            continue;
        }
        let verdicts = match who {
            "curl" => judges::curl(&servers).await,
            _ => judges::node(&servers).await,
        };
        assert_eq!(verdicts.len(), servers.len());
        for ((case, _), verdict) in servers.iter().zip(verdicts) {
            let explained = case.differs.iter().any(|(whose, _)| *whose == who);
            if verdict != case.up && !explained {
                wrong.push(format!(
                    "{}: {who} says {}",
                    case.name,
                    if verdict { "up" } else { "down" }
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banner_is_found_in_whatever_encoding_it_comes() {
    let asker = Asker::start(&[]).await;
    let utf_16: Vec<u8> = "\u{feff}Grüße"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (banner, up) in [
        (TEXT.as_bytes().to_vec(), true),
        (b"220 Gr\xfc\xdfe\r\n".to_vec(), true),
        (utf_16, true),
        (b"220 hello\r\n".to_vec(), false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let sent = banner.clone();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            stream.write_all(&sent).await
        });
        let input = json!({"kind": "tcp", "url": url, "retries": 0, "tcp": {"expect": TEXT}});
        let answer = asker.check(input).await;
        assert_eq!(answer.up, up, "{banner:?}: {answer:?}");
    }
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_takes_neither_the_deadline_nor_response_time() {
    let asker = Asker::start(&[]).await;
    for length in ["", "Content-Length: 2000000\r\n"] {
        let case = Case {
            name: "an endless body",
            answer: Box::new(move |_| {
                format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{length}\r\nx").into_bytes()
            }),
            end: End::Never,
            secure: false,
            http: json!({}),
            searched: false,
            up: true,
            differs: Vec::new(),
        };
        let (_, url) = start(case, acceptor()).await;
        for timeout_ms in [1_000, 3_000] {
            let answer = asker
                .check(json!({"url": url, "timeout_ms": timeout_ms, "retries": 0}))
                .await;
            assert!(answer.up, "{length:?} within {timeout_ms} ms: {:?}", answer.error);
            assert!(
                answer.latency_ms < 450,
                "{length:?} takes {} ms",
                answer.latency_ms
            );
            assert!(
                answer
                    .timings_us
                    .transfer
                    .is_some_and(|transfer| transfer < 450_000)
            );
        }
    }
    asker.stop().await;
}
