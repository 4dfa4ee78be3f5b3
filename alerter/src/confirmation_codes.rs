//! Sends the codes by which members show that the numbers of their own channels are theirs. user-service makes them and says
//! which are due, and when again.

use std::sync::Arc;
use std::time::Duration;

use domain::internal::{ConfirmationCode, ConfirmationCodeOutcome};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::json;
use shared::crypto::Keyring;
use shared::http::client::{CallError, ServiceClient};
use shared::http::identity::InternalKeys;
use shared::items::Items;
use shared::shutdown::CancellationToken;
use tokio::sync::Notify;

use crate::channel::{Clients, SendError, send_code};

/// How often user-service is asked when nothing hints at a change.
const EVERY: Duration = Duration::from_secs(10);

/// What is to be sent.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    codes: Items<'a>,
}

/// Sends codes.
pub(crate) struct ConfirmationCodes {
    client: ServiceClient,
    base_url: String,
    keys: InternalKeys,
    clients: Clients,
    keyring: Keyring,
    /// How long sending one may take.
    timeout: Duration,
}

impl std::fmt::Debug for ConfirmationCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfirmationCodes").finish_non_exhaustive()
    }
}

impl ConfirmationCodes {
    pub(crate) fn new(
        base_url: &str,
        keys: &InternalKeys,
        (clients, keyring): (Clients, Keyring),
        timeout: Duration,
    ) -> Self {
        Self {
            client: ServiceClient::new(Duration::from_secs(5)),
            base_url: base_url.to_owned(),
            keys: keys.clone(),
            clients,
            keyring,
            timeout,
        }
    }

    /// Sends until `stop` is cancelled; at once when `changed` says that channels have changed. In place of a code that is
    /// broken off user-service gives out another one.
    pub(crate) async fn run(self, changed: Arc<Notify>, stop: CancellationToken) {
        let sending = async {
            loop {
                match self.send_all().await {
                    Ok(0) => {}
                    Ok(_) => continue,
                    Err(error) => tracing::debug!(%error, "which codes are due is not known"),
                }
                tokio::select! {
                    () = changed.notified() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        };
        stop.run_until_cancelled(sending).await;
    }

    /// Sends the codes that are due now; answers how many there were.
    async fn send_all(&self) -> Result<usize, CallError> {
        let url = format!("{}/internal/confirmation-codes", self.base_url);
        let answer = self.client.post(&url, self.keys.current(), &json!({})).await?;
        let page: Page<'_> = serde_json::from_slice(&answer)?;
        let codes: Vec<ConfirmationCode> = page.codes.read("confirmation code");
        join_all(codes.iter().map(|code| self.send(code))).await;
        Ok(codes.len())
    }

    async fn send(&self, due: &ConfirmationCode) {
        let sending = send_code(&due.channel, &self.keyring, &self.clients, &due.code);
        let sent = match tokio::time::timeout(self.timeout, sending).await {
            Ok(sent) => sent,
            // It may have gone out all the same.
            Err(_) => Err(SendError::Unanswered(format!(
                "no response within {} ms",
                self.timeout.as_millis()
            ))),
        };
        let (org_id, channel) = (due.channel.org_id.0, due.channel.id.0);
        match &sent {
            Ok(_) => tracing::info!(org_id, channel, "sent a code"),
            Err(error) => tracing::warn!(org_id, channel, %error, "a code was not sent"),
        }
        let outcome = ConfirmationCodeOutcome {
            org_id: due.channel.org_id,
            channel: due.channel.id,
            attempt: due.attempt,
            again: matches!(sent, Err(SendError::Temporary { .. })),
            error: sent.err().map(|error| error.to_string()),
        };
        let url = format!("{}/internal/confirmation-codes/outcome", self.base_url);
        if let Err(error) = self.client.post(&url, self.keys.current(), &outcome).await {
            tracing::warn!(org_id, channel, %error, "what came of a code is not known to user-service");
        }
    }
}
