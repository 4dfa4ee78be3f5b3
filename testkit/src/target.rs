//! Something to watch.

use crate::http_server::{HttpServer, Reply, Seen};

/// A web site that can be broken and mended.
#[derive(Debug)]
pub struct FakeTarget(HttpServer);

impl FakeTarget {
    /// A site that answers 200.
    pub async fn start() -> Self {
        Self(HttpServer::start(|_| Reply::new(200, "hello")).await)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}/", self.0.url())
    }

    /// Answers this status from now on.
    pub fn answer(&self, status: u16) {
        self.answer_with(Reply::new(status, "hello"));
    }

    /// Answers this from now on.
    pub fn answer_with(&self, reply: Reply) {
        self.0.answer_with(move |_| reply.clone());
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.seen()
    }
}
