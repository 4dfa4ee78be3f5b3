//! The server that the public reaches. It is put together as actix-web does it, but for what is below: also the answers
//! that it makes without a request carry the headers of all others.

use std::any::Any;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_service::{ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, Server};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, web};
use shared::http::bare_answers::Completed;
use shared::http::connections::{self, Connections, KEEP_ALIVE};
use shared::http::per_address::PerAddress;
use shared::ops::{self, Readiness};
use tokio::net::TcpStream;

use crate::{DRAIN, Edge, badges, dashboard, docs, edge, encoding, metrics, pages, ping, routes, whatsapp};

/// How long the head of the first request of a connection may take, and ending a connection.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
const END_WITHIN: Duration = Duration::from_secs(1);

/// Threads that serve requests.
const WORKERS: usize = 2;

/// The server, and its connections.
pub(crate) fn serve(
    listener: TcpListener,
    edge: Arc<Edge>,
    readiness: Readiness,
) -> std::io::Result<(Server, Connections)> {
    let settings = &edge.settings;
    // A connection takes two files, and one address must leave most of them to others.
    let share = shared::open_files::raise() / 8;
    let limit = usize::try_from(share).unwrap_or(usize::MAX);
    let limit = settings.limits.connections_per_address.min(limit);
    let per_address = PerAddress::new(limit, settings.proxies.clone(), || {
        metrics::limited("connections")
    });
    let connections = Connections::watched(KEEP_ALIVE).limited(per_address);
    let on_connect = Arc::new(connections.on_connect());
    let headers: Arc<[u8]> = edge::header_lines(settings.hosts.is_https()).into_bytes().into();
    let address = listener.local_addr()?;
    let edge = web::Data::from(edge);
    let service = move || {
        let app = App::new()
            .app_data(edge.clone())
            .wrap(from_fn(edge::around))
            // Problems are named before they are compressed.
            .wrap(Compress::default())
            .wrap(from_fn(encoding::or_plain))
            .wrap(from_fn(pages::aside))
            .wrap(from_fn(connections::bounded))
            .configure(|config| ping::configure(&edge, config))
            .configure(ops::configure_health(readiness.clone()))
            .configure(docs::configure)
            .configure(badges::configure)
            .configure(whatsapp::configure)
            .configure(|config| routes::configure(&edge, config))
            .default_service(web::to(dashboard::serve));
        let (on_connect, headers) = (Arc::clone(&on_connect), Arc::clone(&headers));
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_WITHIN)
            .client_disconnect_timeout(END_WITHIN)
            .local_addr(address)
            .on_connect_ext(move |io: &Completed, data: &mut _| on_connect(io.stream() as &dyn Any, data))
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let (peer, headers) = (stream.peer_addr().ok(), Arc::clone(&headers));
            async move { Ok((Completed::new(stream, headers), peer)) }
        })
        .and_then(http)
    };
    let server = actix_server::Server::build()
        .workers(WORKERS)
        .disable_signals()
        .shutdown_timeout(DRAIN.as_secs())
        .listen("public", listener, service)?
        .run();
    Ok((server, connections))
}
