//! What the alerter answers to other services: test messages, health and metrics.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use domain::internal::SealedChannel;
use metrics_exporter_prometheus::PrometheusHandle;
use shared::http::connections::{self, Connections};
use shared::http::identity::InternalKeys;
use shared::http::problem::{Problem, parse_json};
use shared::http::request::read_body;
use shared::http::request_id::identified;
use shared::ops::{self, Readiness};
use shared::shutdown::CancellationToken;

use crate::sender::Sender;
use crate::test_limits::TestLimits;

/// How long a connection may idle.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long requests may take to end at shutdown, in seconds.
const STOP_WITHIN_SECONDS: u64 = 5;

/// After how many seconds an organisation tries again that has its share of test messages in flight.
const TESTS_WAIT_SECONDS: u32 = 5;

pub(crate) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address)
}

pub(crate) fn server(
    listener: TcpListener,
    keys: InternalKeys,
    sender: Sender,
    limits: TestLimits,
    readiness: Readiness,
    metrics: PrometheusHandle,
) -> std::io::Result<Server> {
    let on_connect = Connections::watched(KEEP_ALIVE).on_connect();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(identified))
            .wrap(from_fn(connections::bounded))
            .app_data(web::Data::new(keys.clone()))
            .app_data(web::Data::new(sender.clone()))
            .app_data(web::Data::new(limits.clone()))
            .configure(ops::configure(readiness.clone(), metrics.clone()))
            .route("/internal/test-message", web::post().to(test_message))
    });
    Ok(server
        .workers(2)
        .disable_signals()
        .shutdown_timeout(STOP_WITHIN_SECONDS)
        .on_connect(on_connect)
        .keep_alive(KEEP_ALIVE)
        .listen(listener)?
        .run())
}

/// Runs the server until `stop` is cancelled.
pub(crate) async fn serve(server: Server, stop: CancellationToken) {
    let handle = server.handle();
    let running = tokio::spawn(server);
    stop.cancelled().await;
    handle.stop(true).await;
    if let Ok(Err(error)) = running.await {
        tracing::warn!(%error, "the HTTP server ended with an error");
    }
}

async fn test_message(
    request: HttpRequest,
    payload: web::Payload,
    keys: web::Data<InternalKeys>,
    sender: web::Data<Sender>,
    limits: web::Data<TestLimits>,
) -> Result<HttpResponse, Problem> {
    keys.require(&request)?;
    let channel: SealedChannel = parse_json(&read_body(payload).await?)?;
    let Some(_permit) = sender.test_permit(channel.org_id) else {
        return Err(Problem::too_many(TESTS_WAIT_SECONDS));
    };
    limits.count(&channel).await?;
    Ok(HttpResponse::Ok().json(sender.test(&channel).await))
}
