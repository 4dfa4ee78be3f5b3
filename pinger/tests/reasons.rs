//! Why a check failed is told in plain words, whatever fails and in whichever library.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::common::{Asker, failed};
use domain::ErrorCode;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{ServerConfig, SignatureAlgorithm, SignatureScheme};
use serde_json::{Value, json};
use testkit::{Answer, ClosedPort, NameServer, assert_plain};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

fn input(kind: &str, url: &str, part: Value) -> Value {
    json!({"kind": kind, "url": url, "timeout_ms": 10_000, "retries": 0, kind: part})
}

/// Reads something, sends these bytes, and closes.
async fn raw_server(answer: Vec<u8>) -> SocketAddr {
    server(move |mut stream| {
        let answer = answer.clone();
        async move {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
        }
    })
    .await
}

async fn server<F>(talk: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream));
        }
    });
    address
}

/// A TLS server with a self-signed certificate that is set up by `change`.
async fn tls_server(change: impl FnOnce(&mut ServerConfig)) -> SocketAddr {
    shared::install_crypto();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    change(&mut config);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 4_096]).await;
            }
        }
    })
    .await
}

fn response(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_a_target_is_told_in_plain_words() {
    let asker = Asker::start(&[]).await;
    let closed = ClosedPort::new();
    let reset = server(|stream| async move {
        let _ = stream.set_zero_linger();
    })
    .await;
    let silent = raw_server(Vec::new()).await;
    let ssh = raw_server(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()).await;
    let own = tls_server(|_| {}).await;

    let mut inputs = Vec::new();
    for address in [closed.address(), reset, silent, ssh, own] {
        inputs.push(input("http", &format!("http://{address}/"), json!({})));
        inputs.push(input(
            "http",
            &format!("https://localhost:{}/", address.port()),
            json!({}),
        ));
        inputs.push(input(
            "tls",
            &format!("tls://localhost:{}", address.port()),
            json!({}),
        ));
        inputs.push(input(
            "tcp",
            &format!("tcp://{address}"),
            json!({"send": "x\n", "expect": "absent"}),
        ));
    }
    let looks = json!({"contains": "absent"});
    for (headers, body) in [
        ("Content-Encoding: gzip\r\n", b"no gzip".as_slice()),
        ("Content-Encoding: deflate\r\n", &[0xff, 0xff, 0xff, 0xff]),
        ("Content-Encoding: br\r\n", &[0xff; 40]),
        ("Content-Encoding: zstd\r\n", b"no zstd"),
        ("Content-Encoding: secret\r\n", b"x"),
        ("", b"present"),
    ] {
        let address = raw_server(response(headers, body)).await;
        inputs.push(input("http", &format!("http://{address}/"), looks.clone()));
    }
    for answer in [
        b"HTTP/9.9 200 OK\r\n\r\n".to_vec(),
        b"HTTP/1.1 9999 Odd\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort".to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        b"HTTP/1.1 302 Found\r\nLocation: ftp://a.example/\r\nContent-Length: 0\r\n\r\n".to_vec(),
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n".to_vec(),
        [
            b"HTTP/1.1 200 OK\r\nX: ".as_slice(),
            &[b'a'; 200_000],
            b"\r\n\r\n",
        ]
        .concat(),
    ] {
        let address = raw_server(answer).await;
        inputs.push(input(
            "http",
            &format!("http://{address}/"),
            json!({"max_redirects": 1}),
        ));
    }
    for path in ["$.a", "$[0]"] {
        let address = raw_server(response("", b"{\"b\": 1}")).await;
        inputs.push(input(
            "http",
            &format!("http://{address}/"),
            json!({"json": {"path": path}}),
        ));
        let address = raw_server(response("", b"no JSON")).await;
        inputs.push(input(
            "http",
            &format!("http://{address}/"),
            json!({"json": {"path": path}}),
        ));
    }

    let names = NameServer::start(|question| match &*question.name {
        "fault.example" => Answer::Code(2),
        "refused.example" => Answer::Code(5),
        "none.example" => Answer::NoRecords,
        "other.example" => Answer::addresses(&["192.0.2.7"]),
        "odd.example" => Answer::Code(11),
        "gone.example" => Answer::Code(3),
        _ => Answer::Bytes(vec![0x85, 0x80, 0, 1, 0, 9, 0, 0, 0, 0, 0xff]),
    })
    .await;
    for name in ["fault", "refused", "none", "other", "odd", "gone", "broken"] {
        let dns = json!({"resolver": names.address().to_string(), "expected": ["192.0.2.8"]});
        let mut input = input("dns", &format!("dns://{name}.example"), dns);
        input["timeout_ms"] = 1_000.into();
        inputs.push(input);
    }
    let mut dead = input(
        "dns",
        "dns://other.example",
        json!({"resolver": closed.address().to_string()}),
    );
    dead["timeout_ms"] = 1_000.into();
    inputs.push(dead);
    inputs.push(input("http", "http://no-such-host.invalid/", json!({})));

    for input in inputs {
        let answer = asker.check(input.clone()).await;
        let message = answer.error.unwrap_or_else(|| panic!("{input} is up"));
        assert_plain(&message);
    }
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answers_for_a_name_server_that_is_dead() {
    let asker = Asker::start(&[]).await;
    let (dead, alive) = (
        ClosedPort::new(),
        NameServer::start(|_| Answer::addresses(&["192.0.2.7"])).await,
    );
    for name in ["localhost", "a.localhost"] {
        let url = format!("dns://{name}");
        let mut input_of_dead = input("dns", &url, json!({"resolver": dead.address().to_string()}));
        input_of_dead["timeout_ms"] = 1_000.into();
        let answer = asker.check(input_of_dead).await;
        let failed = matches!(
            answer.error_code,
            Some(ErrorCode::DnsFailure | ErrorCode::DnsTimeout)
        );
        assert!(!answer.up && failed, "{answer:?}");
        let dns = json!({"resolver": alive.address().to_string(), "expected": ["192.0.2.7"]});
        let answer = asker.check(input("dns", &url, dns)).await;
        assert!(answer.up, "{answer:?}");
    }
    asker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tls_check_is_accepted_by_a_server_of_another_protocol() {
    let asker = Asker::start(&[]).await;
    let mail = tls_server(|config| config.alpn_protocols = vec![b"imap".to_vec()]).await;
    let trusting = json!({"verify_tls": false});
    let url = format!("tls://localhost:{}", mail.port());
    let answer = asker.check(input("tls", &url, trusting.clone())).await;
    assert!(answer.up, "{answer:?}");
    let answer = asker.check(input("tls", &url, json!({}))).await;
    failed(
        &answer,
        ErrorCode::TlsInvalid,
        "Invalid TLS certificate: self-signed certificate",
    );
    assert!(answer.tls_expires_at.is_some(), "{answer:?}");
    let url = format!("https://localhost:{}/", mail.port());
    let answer = asker.check(input("http", &url, trusting)).await;
    failed(&answer, ErrorCode::TlsFailed, "no application protocol in common");
    asker.stop().await;
}

/// A certificate of X.509 version 1 with an RSA key of 1024 bits, as made by
/// `openssl req -newkey rsa:1024 -nodes -subj "/CN=old.example" -keyout key.pem -out old.csr` and
/// `openssl x509 -req -in old.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 20000 -outform der`.
const OLD: &[u8] = include_bytes!("../fixtures/x509-v1-rsa1024.der");

/// A server with that certificate. Its signatures are nothing, because no library of today signs with such a key; whoever
/// does not verify the certificate does not look at them.
#[derive(Debug)]
struct OldServer;

impl ResolvesServerCert for OldServer {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let chain = vec![CertificateDer::from(OLD)];
        Some(Arc::new(CertifiedKey::new(chain, Arc::new(Self))))
    }
}

impl SigningKey for OldServer {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&self.scheme())
            .then(|| Box::new(Self) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for OldServer {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![0; 1_024 / 8])
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_with_an_old_certificate_is_completed_where_nothing_is_verified() {
    let asker = Asker::start(&[]).await;
    for versions in [[&rustls::version::TLS12], [&rustls::version::TLS13]] {
        let server = tls_server(|config| {
            *config = ServerConfig::builder_with_protocol_versions(&versions)
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(OldServer));
        })
        .await;
        let url = format!("tls://localhost:{}", server.port());
        let answer = asker
            .check(input("tls", &url, json!({"verify_tls": false})))
            .await;
        assert!(answer.up && answer.tls_expires_at.is_some(), "{answer:?}");
        let answer = asker.check(input("tls", &url, json!({}))).await;
        failed(&answer, ErrorCode::TlsInvalid, "X.509 version 1");
        let url = format!("https://localhost:{}/", server.port());
        let answer = asker
            .check(input("http", &url, json!({"verify_tls": false})))
            .await;
        // The handshake is behind it: nothing is said on the connection.
        failed(&answer, ErrorCode::ConnectionClosed, "before a response");
    }
    asker.stop().await;
}
