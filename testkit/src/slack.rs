//! Slack's incoming webhooks, as far as they can be seen from outside.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::http_server::{HttpServer, Reply};

/// A server that takes messages as Slack's incoming webhooks do.
#[derive(Debug)]
pub struct FakeSlack(HttpServer);

impl FakeSlack {
    /// A server that accepts every message.
    pub async fn start() -> Self {
        Self(HttpServer::start(|_| Reply::new(200, "ok")).await)
    }

    /// A webhook's address on this server.
    pub fn webhook_url(&self) -> String {
        format!("{}/services/T000/B000/XXXX", self.0.url())
    }

    /// Answers this from now on.
    pub fn answer_with(&self, reply: Reply) {
        self.0.answer_with(move |_| reply.clone());
    }

    /// Answers these one after the other, and the last of them from then on.
    ///
    /// # Panics
    /// When there are none.
    pub fn answer_in_turn(&self, replies: Vec<Reply>) {
        assert!(!replies.is_empty(), "there is something to be answered");
        let turn = AtomicUsize::new(0);
        self.0.answer_with(move |_| {
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            replies[turn.min(replies.len() - 1)].clone()
        });
    }

    /// Every message that was posted, with when, whether it was accepted or not.
    pub fn messages(&self) -> Vec<(domain::Timestamp, Value)> {
        let posted = self
            .0
            .seen()
            .into_iter()
            .filter(|request| request.method == "POST");
        posted
            .map(|request| {
                (
                    request.at,
                    serde_json::from_slice(&request.body).unwrap_or_default(),
                )
            })
            .collect()
    }

    /// The messages whose text contains `part`.
    pub fn messages_with(&self, part: &str) -> Vec<(domain::Timestamp, Value)> {
        self.messages()
            .into_iter()
            .filter(|(_, message)| message.to_string().contains(part))
            .collect()
    }
}
