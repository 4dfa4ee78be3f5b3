//! Sends the codes by which members show that the numbers of their own channels are theirs. user-service makes them and says
//! which are due, and when again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::OrgId;
use domain::internal::{ConfirmationCode, ConfirmationCodeOutcome};
use serde::Deserialize;
use serde_json::json;
use shared::crypto::Keyring;
use shared::http::client::{CallError, ServiceClient};
use shared::http::identity::InternalKeys;
use shared::items::Items;
use shared::shutdown::CancellationToken;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::channel::{Clients, SendError, send_code};

/// How often user-service is asked when nothing hints at a change.
const EVERY: Duration = Duration::from_secs(10);

/// Codes that are on their way together, and a few more: they come in batches.
const AT_A_TIME: usize = 100;

/// Codes of one organisation that are: whose service does not answer holds up no codes of others.
const PER_ORG: usize = 5;

/// How long a code waits for others of its organisation. It is shorter than user-service waits to hear of it.
const TURN_WITHIN: Duration = Duration::from_secs(90);

/// What is to be sent.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    codes: Items<'a>,
}

/// How many codes each organisation may have on their way.
#[derive(Default)]
struct Shares(HashMap<OrgId, Arc<Semaphore>>);

impl Shares {
    /// That of an organisation. Those of organisations that have no codes on their way are forgotten.
    fn of(&mut self, org: OrgId) -> Arc<Semaphore> {
        self.0.retain(|_, share| Arc::strong_count(share) > 1);
        let new = || Arc::new(Semaphore::new(PER_ORG));
        Arc::clone(self.0.entry(org).or_insert_with(new))
    }
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
        let (codes, mut shares) = (Arc::new(self), Shares::default());
        let mut sending = JoinSet::new();
        let all = async {
            loop {
                while sending.try_join_next().is_some() {}
                if sending.len() >= AT_A_TIME {
                    sending.join_next().await;
                    continue;
                }
                match codes.due().await {
                    Ok(due) if due.is_empty() => {}
                    Ok(due) => {
                        for code in due {
                            let share = shares.of(code.channel.org_id);
                            let codes = Arc::clone(&codes);
                            sending.spawn(async move { codes.send_in_turn(&share, &code).await });
                        }
                        continue;
                    }
                    Err(error) => tracing::debug!(%error, "which codes are due is not known"),
                }
                tokio::select! {
                    () = changed.notified() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        };
        stop.run_until_cancelled(all).await;
    }

    /// The codes that are due now.
    async fn due(&self) -> Result<Vec<ConfirmationCode>, CallError> {
        let url = format!("{}/internal/confirmation-codes", self.base_url);
        let answer = self.client.post(&url, self.keys.current(), &json!({})).await?;
        let page: Page<'_> = serde_json::from_slice(&answer)?;
        Ok(page.codes.read("confirmation code"))
    }

    /// Sends a code when fewer of its organisation are on their way than may be, unless that takes too long.
    async fn send_in_turn(&self, share: &Semaphore, due: &ConfirmationCode) {
        match tokio::time::timeout(TURN_WITHIN, share.acquire()).await {
            Ok(Ok(_turn)) => self.send(due).await,
            Ok(Err(_)) | Err(_) => {
                let busy = SendError::Temporary {
                    reason: "other codes of the organisation are on their way for too long".to_owned(),
                    retry_after: None,
                };
                self.report(due, Some(busy)).await;
            }
        }
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
        if sent.is_ok() {
            tracing::info!(org_id, channel, "sent a code");
        }
        self.report(due, sent.err()).await;
    }

    /// Says what came of a code: none is an error where it was sent.
    async fn report(&self, due: &ConfirmationCode, error: Option<SendError>) {
        let (org_id, channel) = (due.channel.org_id.0, due.channel.id.0);
        if let Some(error) = &error {
            tracing::warn!(org_id, channel, %error, "a code was not sent");
        }
        let outcome = ConfirmationCodeOutcome {
            org_id: due.channel.org_id,
            channel: due.channel.id,
            attempt: due.attempt,
            again: matches!(error, Some(SendError::Temporary { .. })),
            error: error.map(|error| error.to_string()),
        };
        let url = format!("{}/internal/confirmation-codes/outcome", self.base_url);
        if let Err(error) = self.client.post(&url, self.keys.current(), &outcome).await {
            tracing::warn!(org_id, channel, %error, "what came of a code is not known to user-service");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_organisation_has_a_share_of_its_own_as_long_as_it_has_codes() {
        let mut shares = Shares::default();
        let (one, again) = (shares.of(OrgId(1)), shares.of(OrgId(1)));
        assert!(Arc::ptr_eq(&one, &again));
        let other = shares.of(OrgId(2));
        let turns: Vec<_> = (0..PER_ORG).map(|_| one.try_acquire().unwrap()).collect();
        assert!(again.try_acquire().is_err() && other.try_acquire().is_ok());
        drop(turns);
        drop((one, again));
        shares.of(OrgId(3));
        assert!(!shares.0.contains_key(&OrgId(1)) && shares.0.contains_key(&OrgId(2)));
    }
}
