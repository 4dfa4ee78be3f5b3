//! Asks recipients of e-mail channels whether they want alerts. user-service says who is to be asked, and when again.

use std::sync::Arc;
use std::time::Duration;

use domain::internal::{ConfirmationMail, ConfirmationOutcome};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::json;
use shared::http::client::{CallError, ServiceClient};
use shared::http::identity::InternalKeys;
use shared::items::Items;
use shared::shutdown::CancellationToken;
use tokio::sync::Notify;

use crate::channel::{Asking, SendError};

/// How often user-service is asked when nothing hints at a change.
const EVERY: Duration = Duration::from_secs(10);

/// What is to be asked, and whom.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    mails: Items<'a>,
}

/// Asks.
#[derive(Debug)]
pub(crate) struct Confirmations {
    client: ServiceClient,
    base_url: String,
    keys: InternalKeys,
    asking: Asking,
    /// How long a mail may take.
    timeout: Duration,
}

impl Confirmations {
    pub(crate) fn new(base_url: &str, keys: &InternalKeys, asking: Asking, timeout: Duration) -> Self {
        Self {
            client: ServiceClient::new(Duration::from_secs(5)),
            base_url: base_url.to_owned(),
            keys: keys.clone(),
            asking,
            timeout,
        }
    }

    /// Asks until `stop` is cancelled; at once when `changed` says that channels have changed. A mail that is broken off
    /// is given out again by user-service.
    pub(crate) async fn run(self, changed: Arc<Notify>, stop: CancellationToken) {
        let asking = async {
            loop {
                match self.ask_all().await {
                    Ok(0) => {}
                    Ok(_) => continue,
                    Err(error) => tracing::debug!(%error, "who is to be asked is not known"),
                }
                tokio::select! {
                    () = changed.notified() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        };
        stop.run_until_cancelled(asking).await;
    }

    /// Sends the mails that are due now; answers how many there were.
    async fn ask_all(&self) -> Result<usize, CallError> {
        let url = format!("{}/internal/confirmations", self.base_url);
        let answer = self.client.post(&url, self.keys.current(), &json!({})).await?;
        let page: Page<'_> = serde_json::from_slice(&answer)?;
        let mails: Vec<ConfirmationMail> = page.mails.read("confirmation mail");
        join_all(mails.iter().map(|mail| self.ask(mail))).await;
        Ok(mails.len())
    }

    async fn ask(&self, mail: &ConfirmationMail) {
        let sent = match tokio::time::timeout(self.timeout, self.asking.send(mail)).await {
            Ok(sent) => sent,
            // The mail may have gone out all the same, to somebody who has not asked for it.
            Err(_) => Err(SendError::Unanswered(format!(
                "no response within {} ms",
                self.timeout.as_millis()
            ))),
        };
        let (org_id, recipient) = (mail.org_id.0, mail.recipient);
        match &sent {
            Ok(_) => tracing::info!(org_id, %recipient, "asked to confirm"),
            Err(error) => tracing::warn!(org_id, %recipient, %error, "not asked to confirm"),
        }
        let outcome = ConfirmationOutcome {
            org_id: mail.org_id,
            recipient,
            again: matches!(sent, Err(SendError::Temporary { .. })),
            error: sent.err().map(|error| error.to_string()),
        };
        let url = format!("{}/internal/confirmations/outcome", self.base_url);
        if let Err(error) = self.client.post(&url, self.keys.current(), &outcome).await {
            tracing::warn!(org_id, %recipient, %error, "what came of a confirmation mail is not known to user-service");
        }
    }
}
