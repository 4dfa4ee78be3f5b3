//! Opening connections, each of which is watched.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use deadpool_postgres::Connect;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect, TlsStream as _};
use tokio_postgres::{Client, Config, Connection, Error, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::AbortOnDropHandle;

use super::describe;
use super::watched::{Silence, Transport, Watched};

/// Asks a server for TLS: a length, and a number that is no version of the protocol.
const ASK_FOR_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
const TLS_AGREED: u8 = b'S';

type StartTls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Opens connections that are watched.
///
/// To the client library the watch is what it calls TLS: that is the place where it lets a stream be put
/// around its own.
#[derive(Clone)]
pub(super) struct Connector {
    tls: Option<MakeRustlsConnect>,
    /// Whether TLS is asked for, rather than begun at once.
    asks: bool,
    deadline: Duration,
    silence: Silence,
    /// What every session begins with.
    session: String,
    /// Where it was made. A connection lives there: the threads that serve requests, each a runtime of its own, end
    /// before whatever else uses the pool.
    runtime: Option<Handle>,
}

impl Connector {
    /// A connector, and what is left of `config` for the client library to do.
    pub(super) fn new(
        mut config: Config,
        deadline: Duration,
        silence: Silence,
        session: String,
    ) -> (Self, Config) {
        let encrypted = !matches!(config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer);
        let connector = Self {
            tls: encrypted.then(|| MakeRustlsConnect::new(crate::tls::client_config())),
            asks: config.get_ssl_negotiation() == SslNegotiation::Postgres,
            deadline,
            silence,
            session,
            runtime: Handle::try_current().ok(),
        };
        if config.get_hosts().is_empty() {
            // The client library makes TLS for a host that has a name.
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        config
            .ssl_mode(SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct);
        (connector, config)
    }

    /// Opens a connection, which is driven until its client is dropped or its server falls silent.
    pub(super) async fn open(&self, config: &Config) -> Result<(Client, JoinHandle<()>), Error> {
        let local = config
            .get_hosts()
            .iter()
            .enumerate()
            .find_map(|(nth, host)| match host {
                Host::Unix(folder) => Some((nth, folder)),
                Host::Tcp(_) => None,
            });
        let (client, driver) = match local {
            Some((nth, folder)) => {
                let ports = config.get_ports();
                let port = ports.get(nth).or(ports.first()).copied().unwrap_or(5_432);
                let mut config = config.clone();
                config.ssl_mode(SslMode::Disable);
                match UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await {
                    Ok(socket) => driven(config.connect_raw(self.watch(socket), NoTls).await?),
                    // Its error is made by the client library alone.
                    Err(_) => driven(config.connect(NoTls).await?),
                }
            }
            None => driven(config.connect(self.clone()).await?),
        };
        client.batch_execute(&self.session).await?;
        Ok((client, driver.detach()))
    }

    fn watch(&self, transport: impl Transport + 'static) -> Watched {
        Watched::new(Box::new(transport), self.deadline, self.silence.clone())
    }
}

fn driven<S, T>((client, connection): (Client, Connection<S, T>)) -> (Client, AbortOnDropHandle<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = describe(&error), "a connection to the database has ended");
        }
    });
    (client, AbortOnDropHandle::new(driver))
}

impl Connect for Connector {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let (connector, config) = (self.clone(), config.clone());
        Box::pin(async move {
            if let Some(runtime) = connector.runtime.clone() {
                let (connector, config) = (connector.clone(), config.clone());
                let opening = runtime.spawn(async move { connector.open(&config).await });
                if let Ok(opened) = AbortOnDropHandle::new(opening).await {
                    return opened;
                }
            }
            connector.open(&config).await
        })
    }
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Watched;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        let start = |tls: &mut MakeRustlsConnect| MakeTlsConnect::<Socket>::make_tls_connect(tls, host);
        let tls = self
            .tls
            .as_mut()
            .map(start)
            .transpose()
            .map_err(io::Error::other)?;
        Ok(Handshake {
            tls,
            connector: self.clone(),
        })
    }
}

/// What comes before the first message.
pub(super) struct Handshake {
    tls: Option<StartTls>,
    connector: Connector,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Watched;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Watched>>;

    fn connect(self, mut socket: Socket) -> Self::Future {
        Box::pin(async move {
            let Some(tls) = self.tls else {
                return Ok(self.connector.watch(socket));
            };
            if self.connector.asks {
                socket.write_all(&ASK_FOR_TLS).await?;
                if socket.read_u8().await? != TLS_AGREED {
                    return Err(io::Error::other("the database does not offer TLS"));
                }
            }
            let encrypted = tls.connect(socket).await?;
            let binding = encrypted.channel_binding();
            Ok(self.connector.watch(encrypted).bound_by(binding))
        })
    }
}
