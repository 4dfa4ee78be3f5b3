//! Deadlines of a server's connections. actix-web has one for the head of a connection's first request and one
//! for a connection that idles. Without more, a client holds a connection for ever by the head of its second
//! request, by a chunked body that is drained after its request was refused, or by not taking its answer. And one
//! client may take all connections, unless they are counted by address.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::web::Bytes;

use super::panics::caught;
use super::per_address::{Entered, PerAddress, TooMany};

/// How often connections are looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// How long a connection of a server may idle between two requests.
pub const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// How long a connection may be what it is.
#[derive(Clone, Copy, Debug)]
struct Deadlines {
    /// Without a request, or with the head of one that is not complete.
    idle: Duration,
    /// From the head of a request to its answer. What a request may ask for ends before.
    request: Duration,
    /// While an answer is taken.
    answer: Duration,
    /// While live events are taken. They end before by themselves.
    events: Duration,
}

impl Deadlines {
    const fn after(keep_alive: Duration) -> Self {
        Self {
            idle: Duration::from_secs(keep_alive.as_secs() + 10),
            request: Duration::from_secs(90),
            answer: Duration::from_secs(60),
            events: Duration::from_secs(3_600 + 300),
        }
    }
}

/// The connections of one server. Clones share everything.
#[derive(Clone, Debug)]
pub struct Connections {
    open: Arc<Mutex<Vec<Weak<Connection>>>>,
    deadlines: Deadlines,
    per_address: Option<Arc<PerAddress>>,
}

/// One connection. It lives as long as the server's own handle of it.
#[derive(Debug)]
struct Connection {
    /// Another handle of the same socket, to end it with.
    socket: TcpStream,
    deadlines: Deadlines,
    opened: Instant,
    /// When it is ended, in milliseconds after it was opened.
    until_ms: AtomicU64,
    /// Whether a request or its answer is on its way.
    serves: AtomicBool,
    /// Counts it for its address.
    _entered: Option<Entered>,
}

impl Connections {
    /// Watches connections, which the server keeps for `keep_alive` without a request. Call it in a tokio runtime.
    pub fn watched(keep_alive: Duration) -> Self {
        Self::with(Deadlines::after(keep_alive), PERIOD)
    }

    fn with(deadlines: Deadlines, period: Duration) -> Self {
        let open = Arc::default();
        tokio::spawn(watch(Arc::downgrade(&open), period));
        Self {
            open,
            deadlines,
            per_address: None,
        }
    }

    /// The same, with a limit of the connections of one address. What is too many is closed at once.
    #[must_use]
    pub fn limited(self, per_address: Arc<PerAddress>) -> Self {
        Self {
            per_address: Some(per_address),
            ..self
        }
    }

    /// Ends the connections that wait for a request, for a server that stops.
    pub fn end_idle(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in open.iter().filter_map(Weak::upgrade) {
            if !connection.serves.load(Ordering::Relaxed) {
                let _ = connection.socket.shutdown(Shutdown::Both);
            }
        }
    }

    /// What the server is to call with each new connection.
    pub fn on_connect(&self) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static {
        let this = self.clone();
        move |io, data| {
            let io = io.downcast_ref::<tokio::net::TcpStream>();
            // Without another descriptor it has only the deadlines that actix-web knows.
            if let Some(Ok(socket)) = io.map(|io| io.as_fd().try_clone_to_owned()) {
                let socket = TcpStream::from(socket);
                match this.enter(&socket) {
                    Ok(entered) => {
                        data.insert(this.add(socket, entered));
                    }
                    Err(TooMany) => {
                        let _ = socket.shutdown(Shutdown::Both);
                    }
                }
            }
        }
    }

    fn enter(&self, socket: &TcpStream) -> Result<Option<Entered>, TooMany> {
        match (&self.per_address, socket.peer_addr()) {
            (Some(per_address), Ok(peer)) => per_address.enter(peer.ip()),
            _ => Ok(None),
        }
    }

    fn add(&self, socket: TcpStream, entered: Option<Entered>) -> Arc<Connection> {
        let connection = Arc::new(Connection {
            socket,
            deadlines: self.deadlines,
            opened: Instant::now(),
            until_ms: AtomicU64::new(0),
            serves: AtomicBool::new(false),
            _entered: entered,
        });
        connection.may_last(self.deadlines.idle);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push(Arc::downgrade(&connection));
        connection
    }
}

impl Connection {
    fn may_last(&self, further: Duration) {
        let until = self.opened.elapsed() + further;
        self.until_ms.store(until.as_millis() as u64, Ordering::Relaxed);
    }

    fn end_if_late(&self) {
        if self.opened.elapsed().as_millis() as u64 > self.until_ms.load(Ordering::Relaxed) {
            // An error is a connection that has ended already.
            let _ = self.socket.shutdown(Shutdown::Both);
        }
    }
}

/// Ends connections that are late, until their server is gone.
async fn watch(open: Weak<Mutex<Vec<Weak<Connection>>>>, period: Duration) {
    loop {
        tokio::time::sleep(period).await;
        let Some(open) = open.upgrade() else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| {
            let connection = connection.upgrade();
            connection.is_some_and(|connection| {
                connection.end_if_late();
                true
            })
        });
    }
}

/// The middleware around everything else of a server whose connections are watched.
///
/// # Errors
/// Those of what is inside.
pub async fn bounded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Served>, Error> {
    let connection = request.request().conn_data::<Arc<Connection>>().cloned();
    let serving = connection.map(Serving::begin);
    let wants_upgrade = request.head().upgrade();
    let mut response = caught(next.call(request)).await?.map_into_boxed_body();
    if wants_upgrade {
        // actix-web would say that it upgrades, and end the connection.
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    if let Some(Serving(connection)) = &serving {
        let kind = response.headers().get(CONTENT_TYPE);
        let is_events = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let deadlines = connection.deadlines;
        connection.may_last(if is_events {
            deadlines.events
        } else {
            deadlines.answer
        });
    }
    Ok(response.map_body(|_, body| Served {
        body,
        _serving: serving,
    }))
}

/// A request and its answer are on their way.
#[derive(Debug)]
struct Serving(Arc<Connection>);

impl Serving {
    fn begin(connection: Arc<Connection>) -> Self {
        connection.may_last(connection.deadlines.request);
        connection.serves.store(true, Ordering::Relaxed);
        Self(connection)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.may_last(self.0.deadlines.idle);
        self.0.serves.store(false, Ordering::Relaxed);
    }
}

/// The body of an answer, whose end is the end of the request.
#[derive(Debug)]
pub struct Served {
    body: BoxBody,
    _serving: Option<Serving>,
}

impl MessageBody for Served {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::web::Payload;
    use actix_web::{App, HttpResponse, HttpServer, web};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Nothing of a test takes that long.
    const PATIENCE: Duration = Duration::from_secs(60);
    const LONG: Duration = Duration::from_secs(3_600);
    const SHORT: Duration = Duration::from_millis(300);

    /// A server whose keep-alive ends nothing.
    async fn server(deadlines: Deadlines) -> std::net::SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Connections::with(deadlines, Duration::from_millis(20));
        let server = HttpServer::new(|| {
            App::new()
                .wrap(from_fn(bounded))
                .route("/", web::get().to(|| async { "here" }))
                .route(
                    "/refused",
                    web::post().to(|_: Payload| async { HttpResponse::Forbidden().finish() }),
                )
                .route("/never", web::get().to(std::future::pending::<HttpResponse>))
                .route("/panics", web::get().to(panics))
                .route("/large", web::get().to(|| async { "x".repeat(64 * 1024 * 1024) }))
        });
        let server = server
            .workers(1)
            .disable_signals()
            .keep_alive(LONG)
            .on_connect(connections.on_connect())
            .listen(listener)
            .unwrap();
        tokio::spawn(server.run());
        address
    }

    async fn panics() -> HttpResponse {
        panic!("a fault of ours")
    }

    async fn sent(address: std::net::SocketAddr, text: &str) -> tokio::net::TcpStream {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Everything that comes until the connection ends, and that it ends.
    async fn to_the_end(mut stream: tokio::net::TcpStream) -> String {
        let mut received = Vec::new();
        // It may be reset as well as closed.
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received))
            .await
            .expect("the connection ends");
        String::from_utf8_lossy(&received).into_owned()
    }

    const IDLE: Deadlines = Deadlines {
        idle: SHORT,
        request: LONG,
        answer: LONG,
        events: LONG,
    };

    #[tokio::test]
    async fn the_head_of_a_second_request_has_a_deadline() {
        let address = server(IDLE).await;
        let stream = sent(address, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT").await;
        assert!(to_the_end(stream).await.ends_with("here"));
    }

    #[tokio::test]
    async fn a_body_that_is_drained_after_a_refusal_has_a_deadline() {
        let address = server(IDLE).await;
        let head = "POST /refused HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
        let stream = sent(address, head).await;
        assert!(to_the_end(stream).await.starts_with("HTTP/1.1 403"));
    }

    #[tokio::test]
    async fn a_request_has_a_deadline() {
        let deadlines = Deadlines {
            idle: LONG,
            request: SHORT,
            ..IDLE
        };
        let address = server(deadlines).await;
        // The answer is never made; its connection does not wait for it.
        let mut stream = sent(address, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut [0; 1])).await;
        assert!(matches!(read, Ok(Ok(0) | Err(_))), "{read:?}");
    }

    #[tokio::test]
    async fn a_request_that_panics_is_answered_and_the_connection_goes_on() {
        let address = server(IDLE).await;
        let request = "GET /panics HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let answers = to_the_end(sent(address, request).await).await;
        assert!(answers.starts_with("HTTP/1.1 500"), "{answers}");
        assert!(answers.ends_with("here"), "{answers}");
    }

    #[tokio::test]
    async fn nothing_is_upgraded_and_the_connection_says_that_it_ends() {
        let address = server(IDLE).await;
        let head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
        let answer = to_the_end(sent(address, head).await).await;
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        assert!(!answer.contains("upgrade"), "{answer}");
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_has_a_deadline() {
        let deadlines = Deadlines {
            idle: LONG,
            answer: SHORT,
            ..IDLE
        };
        let address = server(deadlines).await;
        let stream = sent(address, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // The server's side is closed while the client has read nothing.
        let closed = async {
            use std::io::ErrorKind::WouldBlock;
            while !matches!(stream.try_write(b"x"), Err(error) if error.kind() != WouldBlock) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, closed)
            .await
            .expect("the connection ends");
    }
}
