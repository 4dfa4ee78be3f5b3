//! A webhook for each channel, each behind a line of its own.

use std::collections::BTreeMap;

use domain::internal::SealedChannel;
use domain::{DeliveryId, Timestamp, UserId};
use serde_json::Value;
use testkit::{HttpServer, Proxy, Reply, Seen};

use super::plans::{OWN, SHARED};
use crate::common::webhook_channel;

/// All receivers. None of them ever refuses a message.
pub(super) struct Receivers {
    server: HttpServer,
    lines: BTreeMap<i64, Proxy>,
}

/// A message that arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) at: Timestamp,
    pub(super) channel: i64,
    pub(super) monitor: i64,
    pub(super) delivery: DeliveryId,
    /// `incident.opened`, …
    pub(super) kind: String,
}

impl Receivers {
    /// With the channels that lead to them.
    pub(super) async fn start() -> (Self, Vec<SealedChannel>) {
        let server = HttpServer::start(|_| Reply::new(204, "")).await;
        let (mut lines, mut channels) = (BTreeMap::new(), Vec::new());
        for id in SHARED.into_iter().chain(OWN) {
            let (line, url) = Proxy::before(&format!("{}/{id}", server.url())).await;
            lines.insert(id, line);
            channels.push(SealedChannel {
                owner: OWN.contains(&id).then_some(UserId(id)),
                ..webhook_channel(id, &url)
            });
        }
        (Self { server, lines }, channels)
    }

    /// The line to a channel.
    pub(super) fn line(&self, channel: i64) -> &Proxy {
        &self.lines[&channel]
    }

    /// Every message so far.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.server.seen().iter().filter_map(arrival).collect()
    }
}

/// None where the sender was killed in the middle of the request.
fn arrival(request: &Seen) -> Option<Arrival> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let id = request.headers["webhook-id"].to_str().unwrap();
    Some(Arrival {
        at: request.at,
        channel: request.path.trim_start_matches('/').parse().unwrap(),
        monitor: body["data"]["incident"]["monitor"]["id"].as_i64().unwrap(),
        delivery: DeliveryId(id.parse().unwrap()),
        kind: body["type"].as_str().unwrap().to_owned(),
    })
}
