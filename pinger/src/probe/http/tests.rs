//! What is made of servers that do not take the session that is offered, where their certificates are verified.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use domain::ErrorCode;
use domain::monitor::MonitorInput;
use http::HeaderValue;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use shared::guard::{TargetGuard, Targets};
use testkit::{Answer, NameServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::probe::Target;
use crate::probe::handshake::TlsConfigs;
use crate::target::test_resolver;

/// A pinger's network that trusts an authority of the test's own.
struct World {
    network: Network,
    issuer: Issuer<'static, KeyPair>,
    _names: NameServer,
}

impl World {
    async fn start() -> Self {
        shared::install_crypto();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority");
        let mut roots = RootCertStore::empty();
        roots
            .add(params.self_signed(&key).unwrap().der().clone())
            .unwrap();
        let names = NameServer::start(|_| Answer::NoRecords).await;
        let guard = TargetGuard::new(Targets::Any, Vec::new(), Vec::new());
        let resolver = test_resolver(&names, "");
        let mut network = Network::new(resolver, guard, HeaderValue::from_static("test"));
        network.tls = TlsConfigs::trusting(Arc::new(roots));
        Self {
            network,
            issuer: Issuer::new(params, key),
            _names: names,
        }
    }

    /// A server's configuration with a certificate of the authority that ends in so many days, or has.
    fn config(&self, ends_in_days: i64) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let day = Duration::from_secs(86_400);
        let in_days = |days: i64| {
            let away = day * u32::try_from(days.unsigned_abs()).unwrap();
            let now = SystemTime::now();
            if days < 0 { now - away } else { now + away }
        };
        params.not_before = in_days(ends_in_days.min(0) - 1).into();
        params.not_after = in_days(ends_in_days).into();
        let certificate: CertificateDer<'static> =
            params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Arc::new(config)
    }

    async fn attempt(&self, target: &Target) -> Result<(), ProbeError> {
        const TIMEOUT_MS: u32 = 10_000;
        let mut trace = Trace::new(TIMEOUT_MS);
        target.attempt(&self.network, TIMEOUT_MS, &mut trace).await
    }
}

/// A server whose connections are served one by one by these configurations, and those after them by none: where there
/// is none, nothing is ever answered.
struct Server {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
}

impl Server {
    async fn start(configs: Vec<Option<Arc<ServerConfig>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        tokio::spawn(async move {
            let mut configs = configs.into_iter();
            let mut silent = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                match configs.next().flatten() {
                    Some(config) => drop(tokio::spawn(serve(config, stream))),
                    None => silent.push(stream),
                }
            }
        });
        Self { address, accepted }
    }

    fn target(&self) -> Target {
        let input = json!({
            "url": format!("https://{}/", self.address), "http": {"tls_resumption": true},
        });
        let input: MonitorInput = serde_json::from_value(input).unwrap();
        let (_, spec) = input.validate().unwrap();
        Target::compile(spec.probe).unwrap()
    }

    fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// Answers one request.
async fn serve(config: Arc<ServerConfig>, stream: TcpStream) -> std::io::Result<()> {
    let mut stream = TlsAcceptor::from(config).accept(stream).await?;
    let mut request = [0; 4_096];
    let _ = stream.read(&mut request).await?;
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer).await?;
    stream.shutdown().await
}

#[tokio::test]
async fn a_wrong_certificate_is_not_passed_over_where_a_session_was_offered() {
    let world = World::start().await;
    let good = world.config(30);
    // The second knows nothing of the first one's sessions.
    let configs = vec![Some(Arc::clone(&good)), Some(world.config(-2)), Some(good)];
    let server = Server::start(configs).await;
    let target = server.target();
    world.attempt(&target).await.unwrap();
    match world.attempt(&target).await {
        Err(ProbeError::Target(failure)) => assert_eq!(failure.code, ErrorCode::TlsExpired),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.accepted(), 2, "it is not repeated");
}

#[tokio::test]
async fn a_server_that_does_not_answer_where_a_session_is_offered_is_not_down() {
    let world = World::start().await;
    let good = world.config(30);
    let server = Server::start(vec![Some(Arc::clone(&good)), None, Some(good)]).await;
    let target = server.target();
    for _ in 0..2 {
        world.attempt(&target).await.unwrap();
    }
    assert_eq!(server.accepted(), 3, "it was repeated");
}
