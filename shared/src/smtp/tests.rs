use lettre::transport::smtp::client::Certificate;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::*;

const DEADLINE: Duration = Duration::from_secs(20);

/// Whether, and how, a test's server speaks TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaks {
    TlsFromTheStart,
    StartTls,
    /// It says so, and then says something else than TLS.
    BrokenStartTls,
    PlainOnly,
}

/// Takes one mail; answers all that it was told before a connection was encrypted.
async fn take(listener: TcpListener, tls: TlsAcceptor, speaks: Speaks) -> io::Result<String> {
    let (stream, _) = listener.accept().await?;
    if speaks == Speaks::TlsFromTheStart {
        converse(BufReader::new(tls.accept(stream).await?), true, speaks).await?;
        return Ok(String::new());
    }
    let mut stream = BufReader::new(stream);
    let plain = converse(&mut stream, true, speaks).await?;
    if plain.ends_with("STARTTLS\r\n") {
        if speaks == Speaks::BrokenStartTls {
            stream.write_all(b"250 not what you think\r\n").await?;
            return Ok(plain);
        }
        let encrypted = BufReader::new(tls.accept(stream.into_inner()).await?);
        // The client may leave without a word.
        let _ = converse(encrypted, false, Speaks::TlsFromTheStart).await;
    }
    Ok(plain)
}

/// Until the end, or until encryption is to begin; answers what was said.
async fn converse(
    mut stream: impl tokio::io::AsyncBufRead + AsyncWrite + Unpin,
    greets: bool,
    speaks: Speaks,
) -> io::Result<String> {
    if greets {
        stream.write_all(b"220 here\r\n").await?;
    }
    let (mut said, mut is_mail) = (String::new(), false);
    loop {
        let before = said.len();
        if stream.read_line(&mut said).await? == 0 {
            return Ok(said);
        }
        let offers = matches!(speaks, Speaks::StartTls | Speaks::BrokenStartTls);
        let line = said[before..].to_owned();
        let answer: &[u8] = match (line.as_str(), is_mail) {
            (".\r\n", true) => b"250 queued as 7\r\n",
            (_, true) => b"",
            ("DATA\r\n", false) => b"354 go on\r\n",
            ("STARTTLS\r\n", false) => b"220 go on\r\n",
            (line, false) if offers && line.starts_with("EHLO") => b"250-here\r\n250 STARTTLS\r\n",
            _ => b"250 ok\r\n",
        };
        is_mail = (is_mail || answer.starts_with(b"354")) && !answer.starts_with(b"250");
        stream.write_all(answer).await?;
        if line == "STARTTLS\r\n" {
            return Ok(said);
        }
    }
}

/// A server that takes one mail, its port, and the certificate to trust.
async fn start(
    speaks: Speaks,
) -> (
    u16,
    CertificateDer<'static>,
    tokio::task::JoinHandle<io::Result<String>>,
) {
    crate::install_crypto();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let taking = tokio::spawn(take(listener, TlsAcceptor::from(Arc::new(config)), speaks));
    (port, certificate, taking)
}

fn mail() -> lettre::Message {
    lettre::Message::builder()
        .from("uptime@status.example".parse().unwrap())
        .to("ada@example.org".parse().unwrap())
        .body("It is down.".to_owned())
        .unwrap()
}

#[tokio::test]
async fn a_mail_is_sent_over_tls_from_the_start() {
    let (port, certificate, _taking) = start(Speaks::TlsFromTheStart).await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut server = Server::parse(&format!("smtps://127.0.0.1:{port}")).unwrap();
    let Tls::FromTheStart(trusted, _) = &mut server.tls else {
        unreachable!("it is smtps")
    };
    *trusted = Arc::new(config);
    let taken = server.send(&mail(), DEADLINE).await.unwrap();
    assert_eq!(taken.message().collect::<Vec<_>>(), ["queued as 7"]);
}

/// The client of such a server, with a user that it has to log in.
fn client(port: u16, mode: &str, trusted: Option<&CertificateDer<'static>>) -> Server {
    let mut server = Server::parse(&format!("smtp://127.0.0.1:{port}?tls={mode}")).unwrap();
    if let (Tls::Required(parameters) | Tls::IfOffered(parameters), Some(root)) = (&mut server.tls, trusted) {
        let root = Certificate::from_der(root.to_vec()).unwrap();
        let trusting = TlsParameters::builder("127.0.0.1".to_owned()).add_root_certificate(root);
        *parameters = trusting.build().unwrap();
    }
    server
}

#[tokio::test]
async fn nothing_of_a_mail_is_said_before_the_connection_is_encrypted() {
    for mode in ["required", "opportunistic"] {
        let (port, certificate, taking) = start(Speaks::StartTls).await;
        let server = client(port, mode, Some(&certificate));
        let taken = server.send(&mail(), DEADLINE).await.unwrap();
        assert_eq!(taken.message().collect::<Vec<_>>(), ["queued as 7"]);
        let plain = taking.await.unwrap().unwrap();
        assert!(
            plain.starts_with("EHLO ") && plain.ends_with("STARTTLS\r\n"),
            "{plain}"
        );
        assert_eq!(plain.lines().count(), 2, "{plain}");
    }
}

#[tokio::test]
async fn a_server_whose_encryption_was_taken_away_gets_nothing_where_it_is_required() {
    for (speaks, trusts) in [
        (Speaks::PlainOnly, true),
        (Speaks::BrokenStartTls, true),
        (Speaks::StartTls, false),
    ] {
        let (port, certificate, taking) = start(speaks).await;
        let server = client(port, "required", Some(&certificate).filter(|_| trusts));
        let error = server.send(&mail(), DEADLINE).await.unwrap_err();
        // It may be there again later, and nothing was sent.
        assert!(!error.is_permanent() && !error.concerns_content(), "{error}");
        assert!(!matches!(error, MailError::Unanswered(_)), "{error}");
        if let Ok(plain) = taking.await.unwrap() {
            assert!(
                !plain.contains("MAIL FROM") && !plain.contains("It is down"),
                "{plain}"
            );
        }
    }
}

#[test]
fn a_server_is_named_by_its_url() {
    crate::install_crypto();
    let server = |url| Server::parse(url).unwrap();
    for (url, host, port) in [
        ("smtp://mail.example.org", "mail.example.org", 25),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525),
        ("smtp://mail.example.org?tls=required", "mail.example.org", 587),
        ("smtp://[::1]?tls=opportunistic", "[::1]", 587),
        (
            "smtps://mail.example.org/here.example.org",
            "mail.example.org",
            465,
        ),
        ("smtps://[::1]:1465", "[::1]", 1465),
    ] {
        let server = server(url);
        assert_eq!((server.host.as_str(), server.port), (host, port), "{url}");
    }
    let named = server("smtps://mail.example.org/here.example.org").hello;
    assert_eq!(named, ClientId::Domain("here.example.org".into()));
    let credentials = server("smtps://ada%40example.org:p%2Fw+1@mail.example.org").credentials;
    let expected = Credentials::new("ada@example.org".into(), "p/w+1".into());
    assert!(credentials == Some(expected));
    for url in [
        "mail.example.org",
        "http://a.example",
        "smtp://a.example?tls=maybe",
        "smtp:",
    ] {
        assert!(Server::parse(url).is_none(), "{url}");
    }
}
