//! The pulse of a connection to Redis. A connection may die without a word, and what is only listened on would
//! never notice; a ping does.

use std::time::Duration;

use fred::error::ErrorKind;
use fred::interfaces::ClientLike;
use fred::types::Value;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How often a connection is asked for a sign of life.
const EVERY: Duration = Duration::from_secs(1);

/// Pings in a row without an answer after which a connection counts as dead.
const MISSED: u32 = 3;

/// How long connecting anew may take before the pulse is felt again.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// Connects `client`, and connects it anew whenever its connection is dead, until it is ended by `quit`.
pub(super) fn keep<C: ClientLike + 'static>(client: C) {
    let mut connection = client.connect();
    tokio::spawn(async move {
        tokio::select! {
            _ = &mut connection => {}
            () = revive(&client) => {}
        }
    });
}

async fn revive(client: &impl ClientLike) {
    loop {
        silence(client).await;
        tracing::warn!("Redis has fallen silent; connecting anew");
        // What comes of it shows in the pulse.
        let _ = timeout(CONNECTED_WITHIN, client.force_reconnection()).await;
    }
}

/// Waits until the connection of `client` has fallen silent.
async fn silence(client: &impl ClientLike) {
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut missed = 0;
    while missed < MISSED {
        every.tick().await;
        // A refusal is an answer, and while it connects the client waits for one itself.
        let silent = client.is_connected()
            && matches!(client.ping::<Value>(None).await, Err(error) if *error.kind() == ErrorKind::Timeout);
        missed = if silent { missed + 1 } else { 0 };
    }
}
