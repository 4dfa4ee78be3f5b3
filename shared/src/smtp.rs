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

/// What is read on one connection, in bytes: replies of a line or a few.
const MAX_READ_BYTES: usize = 16 * 1024;

/// The same where certificates come with it.
const MAX_ENCRYPTED_BYTES: usize = 32 * 1024;

/// Lines that are read on one connection. The library reads a reply of several lines again from its start with each of
/// them, so that many cost more than their length.
const MAX_LINES: usize = 200;

/// What is read at a time, in bytes. After it others have their turn, and deadlines: the library does not wait while it
/// has lines.
const MAX_PIECE_BYTES: usize = 1_024;

/// How long it may take until a mail can be sent.
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

    /// Whether the server says that there is no such recipient, or none who takes mail. A refusal that names a policy
    /// (5.7) is about who sends.
    pub fn concerns_recipient(&self) -> bool {
        let Self::Smtp(error) = self else { return false };
        error
            .status()
            .is_some_and(|code| matches!(u16::from(code), 550 | 551 | 553))
            && !error.to_string().contains("5.7.")
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

    /// Sends a mail, for which the caller has `deadline`; answers what the server said when it took it.
    pub async fn send(&self, mail: &lettre::Message, deadline: Duration) -> Result<Response, MailError> {
        // Less than the whole, so that it is known that nothing was sent.
        let connected_within = CONNECTED_WITHIN.min(deadline - deadline / 10);
        let connected = tokio::time::timeout(connected_within, self.connect()).await;
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
        // What is encrypted has no lines.
        let (left, lines) = match &self.tls {
            Tls::No => (MAX_READ_BYTES, MAX_LINES),
            _ => (MAX_ENCRYPTED_BYTES, usize::MAX),
        };
        let stream = Limited::new(stream, left, lines, peer);
        let stream: Box<dyn AsyncTokioStream> = match &self.tls {
            Tls::FromTheStart(config, name) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name.clone(), stream).await?;
                Box::new(Limited::new(stream, MAX_READ_BYTES, MAX_LINES, peer))
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
    lines: usize,
    /// Whether it is others' turn.
    yields: bool,
    peer: SocketAddr,
}

impl<S> Limited<S> {
    fn new(stream: S, left: usize, lines: usize, peer: SocketAddr) -> Self {
        Self {
            stream,
            left,
            lines,
            yields: false,
            peer,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 || self.lines == 0 {
            return Poll::Ready(Err(io::Error::other("the mail server says too much")));
        }
        if std::mem::take(&mut self.yields) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let size = buffer.remaining().min(MAX_PIECE_BYTES);
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(size));
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut piece))?;
        let read = piece.filled();
        let (count, lines) = (read.len(), read.iter().filter(|&&byte| byte == b'\n').count());
        buffer.advance(count);
        self.left = self.left.saturating_sub(count);
        self.lines = self.lines.saturating_sub(lines);
        self.yields = count == MAX_PIECE_BYTES;
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
mod tests;
