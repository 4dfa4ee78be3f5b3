//! Conversations with the operator's mail server. Each mail has a connection of its own, which ends when its send
//! ends: one that was given up in the middle would answer the next mail with what it owes the last. What the server
//! says has a size; the caller sets the deadline.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use crate::settings::Reader;

/// What is read on one connection, in bytes: certificates, and replies of a line or a few.
const MAX_READ_BYTES: usize = 256 * 1024;

/// How long it may take until a mail can be sent: less than a send may take, so that it is known that nothing was sent.
const CONNECTED_WITHIN: Duration = Duration::from_secs(4);

/// How long the server may take to take its leave, which nobody waits for.
const QUIT_WITHIN: Duration = Duration::from_secs(2);

/// The operator's mail server, and who sends the mails.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// The mail server.
    pub server: Server,
    /// The sender.
    pub from: Mailbox,
}

impl SmtpSettings {
    /// Reads `SMTP_URL` and `SMTP_FROM`; none when there is no mail server.
    pub fn read(env: &mut Reader) -> Option<Self> {
        const EXAMPLE: &str =
            "smtps://user:password@mail.example.org, or smtp://mail.example.org:587?tls=required";
        let url = env.optional("SMTP_URL", "the mail server; without one no mail is sent");
        let from = env.parsed(
            "SMTP_FROM",
            "Uptime Monitor <uptime@localhost>",
            "the sender of e-mails",
            |text| {
                text.parse::<Mailbox>()
                    .map_err(|_| "must be an address".to_owned())
            },
        );
        let server = Server::parse(&url?);
        if server.is_none() {
            env.problem("SMTP_URL", &format!("must be an address such as {EXAMPLE}"));
        }
        Some(Self {
            server: server?,
            from: from?,
        })
    }
}

/// A mail server.
#[derive(Clone)]
pub struct Server {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
}

#[derive(Clone)]
enum Tls {
    No,
    IfOffered(TlsParameters),
    Required(TlsParameters),
    FromTheStart(Arc<tokio_rustls::rustls::ClientConfig>, ServerName<'static>),
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// There is no connection.
    #[error("no connection: {0}")]
    Connection(#[from] io::Error),
    /// The conversation failed.
    #[error(transparent)]
    Smtp(#[from] Error),
    /// The mail was sent, or a part of it, and the server has not said what it makes of it.
    #[error(transparent)]
    Unanswered(Error),
}

impl MailError {
    /// Whether the server will not take it later either.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Smtp(error) if error.is_permanent())
    }

    /// Whether the server may take another mail to the same recipients: this one is too large for it, or has
    /// content that it does not take.
    pub fn concerns_content(&self) -> bool {
        let Self::Smtp(error) = self else { return false };
        error
            .status()
            .is_some_and(|code| matches!(u16::from(code), 552 | 554))
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Reads `smtps://user:password@host:port/hello`, or `smtp://…` with `?tls=required` or `?tls=opportunistic`.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.to_owned();
        let mode = url.query_pairs().find(|(name, _)| name == "tls");
        let mode = mode.map(|(_, mode)| mode.into_owned());
        let parameters = || TlsParameters::new(host.clone()).ok();
        let (tls, port) = match (url.scheme(), mode.as_deref()) {
            ("smtp", None) => (Tls::No, SMTP_PORT),
            ("smtp", Some("opportunistic")) => (Tls::IfOffered(parameters()?), SUBMISSION_PORT),
            ("smtp", Some("required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
            ("smtps", _) => {
                let config = Arc::new(crate::tls::client_config());
                let name = ServerName::try_from(unbracketed(&host).to_owned()).ok()?;
                (Tls::FromTheStart(config, name), SUBMISSIONS_PORT)
            }
            _ => return None,
        };
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username())?, decoded(password)?)),
            None => None,
        };
        Some(Self {
            port: url.port().unwrap_or(port),
            host,
            tls,
            hello,
            credentials,
        })
    }

    /// Sends a mail; answers what the server said when it took it.
    pub async fn send(&self, mail: &lettre::Message) -> Result<Response, MailError> {
        let connected = tokio::time::timeout(CONNECTED_WITHIN, self.connect()).await;
        let mut connection = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let sent = connection.send(mail.envelope(), &mail.formatted()).await;
        let taken = sent.map_err(|error| match error.status() {
            None if !error.is_client() => MailError::Unanswered(error),
            _ => MailError::Smtp(error),
        })?;
        // However the conversation ends, the mail is taken.
        tokio::spawn(async move { tokio::time::timeout(QUIT_WITHIN, connection.quit()).await });
        Ok(taken)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let stream = TcpStream::connect((unbracketed(&self.host), self.port)).await?;
        let peer = stream.peer_addr()?;
        let stream = Limited {
            stream,
            left: MAX_READ_BYTES,
            peer,
        };
        let stream: Box<dyn AsyncTokioStream> = match &self.tls {
            Tls::FromTheStart(config, name) => {
                let connector = TlsConnector::from(Arc::clone(config));
                Box::new(Limited {
                    stream: connector.connect(name.clone(), stream).await?,
                    left: MAX_READ_BYTES,
                    peer,
                })
            }
            _ => Box::new(stream),
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await?;
        match &self.tls {
            Tls::Required(parameters) => connection.starttls(parameters.clone(), &self.hello).await?,
            Tls::IfOffered(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// An IPv6 address as the system wants it.
fn unbracketed(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn decoded(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.ok().map(std::borrow::Cow::into_owned)
}

/// A stream of which only so much is read.
#[derive(Debug)]
struct Limited<S> {
    stream: S,
    left: usize,
    peer: SocketAddr,
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("the mail server says too much")));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        self.left = self.left.saturating_sub(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> AsyncTokioStream for Limited<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

    use super::*;

    /// Takes one mail over TLS.
    async fn take(listener: tokio::net::TcpListener, config: ServerConfig) -> io::Result<()> {
        let (stream, _) = listener.accept().await?;
        let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
        let mut lines = BufReader::new(stream);
        lines.write_all(b"220 here\r\n").await?;
        let (mut line, mut is_mail) = (String::new(), false);
        while lines.read_line(&mut line).await? > 0 {
            let answer: &[u8] = match (line.as_str(), is_mail) {
                (".\r\n", true) => b"250 queued as 7\r\n",
                (_, true) => b"",
                ("DATA\r\n", false) => b"354 go on\r\n",
                _ => b"250 ok\r\n",
            };
            is_mail = (is_mail || answer.starts_with(b"354")) && !answer.starts_with(b"250");
            lines.write_all(answer).await?;
            line.clear();
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_mail_is_sent_over_tls_from_the_start() {
        crate::install_crypto();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = made.signing_key.serialize_der().try_into().unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        tokio::spawn(take(listener, config));
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut server = Server::parse(&format!("smtps://127.0.0.1:{port}")).unwrap();
        let mail = lettre::Message::builder()
            .from("uptime@status.example".parse().unwrap())
            .to("ada@example.org".parse().unwrap())
            .body("It is down.".to_owned())
            .unwrap();
        let Tls::FromTheStart(trusted, _) = &mut server.tls else {
            unreachable!("it is smtps")
        };
        *trusted = Arc::new(config);
        let taken = server.send(&mail).await.unwrap();
        assert_eq!(taken.message().collect::<Vec<_>>(), ["queued as 7"]);
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
}
